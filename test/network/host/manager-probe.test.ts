import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { profileSettings } from '../../../tasks/network/host/manager-probe.ts';

test("of a NetworkManager profile only what was set is copied", () => {
  assert.equal(profileSettings('ipv4.method:manual\nipv4.dns:\nipv4.addresses:192.0.2.2/24, 192.0.2.3/24\nipv4.route-metric:-1\nipv4.dhcp-iaid:--\nipv6.addr-gen-mode:default\nconnection.id:x\n'),
    [['ipv4.method', 'manual'], ['ipv4.addresses', '192.0.2.2/24, 192.0.2.3/24']]);
});

test.run();
