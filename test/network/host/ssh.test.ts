import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isThrough, sshAddress } from '../../../tasks/network/host/ssh.ts';
import { link } from '../../support/fixtures/bridge.ts';

test("the host's side of an ssh connection", () => {
  assert.is(sshAddress('192.0.2.9 5000 192.0.2.2 22'), '192.0.2.2');
  assert.is(sshAddress('fe80::1%eth0 5000 fe80::2%eth0 22'), 'fe80::2');
  assert.is(sshAddress('::ffff:192.0.2.9 5000 ::ffff:192.0.2.2 22'), '192.0.2.2');
  assert.is(sshAddress(''), undefined);
});

test('it goes through the adapter that has its address', () => {
  const eth0 = link('eth0', { addresses: [{ family: 'inet', local: '192.0.2.2', prefix: 24, scope: 'global', noPrefixRoute: false }] });
  assert.ok(isThrough(eth0, '192.0.2.9 5000 192.0.2.2 22'));
  assert.not.ok(isThrough(eth0, '192.0.2.2 5000 198.51.100.2 22'), 'the address is the far end\'s');
  assert.not.ok(isThrough(eth0, undefined));
});

test.run();
