import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBuildHost } from '../../tasks/text/build-hosts.ts';

const parsed = (text: string) => {
  const result = parseBuildHost(text);
  return 'value' in result ? result.value : result.wrong;
};

test('hosts as distcc writes them', () => {
  assert.equal(parsed('builder'), { text: 'builder', host: 'builder', port: 3632, slots: 4, ssh: false });
  assert.equal(parsed('192.0.2.7:4001/8,lzo'), { text: '192.0.2.7:4001/8,lzo', host: '192.0.2.7', port: 4001, slots: 8, ssh: false });
  assert.equal(parsed('[fe80::1]/2'), { text: '[fe80::1]/2', host: 'fe80::1', port: 3632, slots: 2, ssh: false });
  assert.equal(parsed('me@builder/16'), { text: 'me@builder/16', host: 'builder', port: 3632, slots: 16, ssh: true });
});

test('anything else is refused', () => {
  for (const text of ['', 'a b', 'host/0', 'host/many', 'host:99999', '-x', 'host;rm']) assert.type(parsed(text), 'string', text);
});

test.run();
