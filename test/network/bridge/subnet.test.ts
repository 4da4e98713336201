import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { freeSubnet, networksInUse } from '../../../tasks/network/bridge/subnet.ts';
import { link } from '../../support/fixtures/bridge.ts';

test('a subnet that nothing uses', () => {
  const at = (local: string, prefix: number) => link('x', { addresses: [{ family: 'inet', local, prefix, scope: 'global', noPrefixRoute: false }] });
  assert.is(freeSubnet([]), '192.168.211');
  assert.is(freeSubnet(networksInUse([at('192.168.211.7', 24)], [], 'bridge0')), '192.168.212');
  assert.is(freeSubnet(['192.168.0.0/16']), '10.211.55');
  assert.is(freeSubnet(['192.168.0.0/16', '10.0.0.0/8']), '172.29.91');
  assert.is(freeSubnet(['0.0.0.0/0']), undefined);
});

test.run();
