import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lost, snapshot } from '../../../tasks/network/bridge/snapshot.ts';
import { found } from '../../support/fixtures/bridge.ts';

test('what is missing after down', () => {
  const now = snapshot(found().links, found().routes, '# c\nnameserver 192.0.2.1\nsearch lan\n', 'bridge0');
  assert.equal(now, ['address eth0 192.0.2.2/24', 'nameserver 192.0.2.1', 'route default 192.0.2.1 eth0 table main metric 100', 'search lan']);
  assert.equal(lost(now, now.slice(1)), ['address eth0 192.0.2.2/24']);
  assert.equal(lost(now, [...now, 'more']), []);
});

test.run();
