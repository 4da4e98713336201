import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { GuestConfig, Nic } from '../../../tasks/machine/description.ts';
import { encodeGuestConfig, shareOptions, userAddresses, userDns } from '../../../tasks/machine/guest/config.ts';
import { Field } from '../../../tasks/machine/guest/protocol.ts';

const plain: GuestConfig = {
  hostname: 'vm', standalone: false, modules: [], moduleLayers: [], shares: [], clearDirs: [], clearFiles: [], visible: [], allowSudo: false, addresses: [], dns: undefined, disks: [],
};
const names = Object.fromEntries(Object.entries(Field).map(([name, tag]) => [tag, name]));

/** The fields as the guest's init reads them (guest.h): a byte for the tag, four for the length. */
function fields(more: Partial<GuestConfig>): [name: string, value: string][] {
  const bytes = encodeGuestConfig({ ...plain, ...more });
  const found: [string, string][] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at + 1);
    found.push([names[bytes.readUInt8(at)] ?? '?', bytes.toString('latin1', at + 5, at + 5 + length)]);
    at += 5 + length;
  }
  return found;
}
/** Beside those that every guest is told. */
const told = (more: Partial<GuestConfig>) => fields(more).slice(2);

test('every guest is told its name and how the host is mounted; what is not wanted is not said', () => {
  assert.equal(fields({}), [['hostname', 'vm'], ['root_options', shareOptions]]);
});

test('modules in their order, directories, disks', () => {
  assert.equal(told({ modules: ['/9pnet.ko', '/9p.ko'] }), [['module', '/9pnet.ko'], ['module', '/9p.ko']]);
  assert.equal(told({ moduleLayers: ['/state/lists', '/k/lib/modules/6.1'] }), [['module_layer', '/state/lists'], ['module_layer', '/k/lib/modules/6.1']]);
  assert.equal(told({ shares: [{ tag: 'rw0', path: '/home/me' }], clearDirs: ['/a b'], clearFiles: [Buffer.from([0x2f, 0xff])], visible: ['/tmp/x'] }),
    [['rw_dir', 'rw0\0/home/me'], ['clear_dir', '/a b'], ['clear_file', '/\xff'], ['visible', '/tmp/x']]);
  const disk = (serial: string) => ({ bus: 'virtio' as const, serial, path: '/d', format: 'raw' as const });
  assert.equal(told({ disks: [disk('s0'), { ...disk('n'), bus: 'nvme' }, disk('s1')] }), [['disk', 'DISK0\0s0'], ['disk', 'DISK1\0s1']], 'the init waits for no NVMe drive');
});

test('addresses that are known, and leases that are to be asked for', () => {
  assert.equal(told({ addresses: [{ mac: '02:00', address: '10.0.2.15/24', gateway: '10.0.2.2', metric: 100 }], dns: ['10.0.2.3', '192.0.2.1'] }),
    [['nic', '02:00 10.0.2.15/24 10.0.2.2 100'], ['resolv', 'nameserver 10.0.2.3\nnameserver 192.0.2.1\n']]);
  assert.equal(told({ leases: { nics: [{ mac: '02:01', place: 0 }, { mac: '02:02', place: 2 }], client: { kind: 'udhcpc', path: '/sbin/udhcpc' }, multipath: 'signal', deadlineMs: 0x2710 } }),
    [['dhcp', '02:01 0'], ['dhcp', '02:02 2'], ['dhcp_client', 'udhcpc\0/sbin/udhcpc'], ['multipath', 'signal'], ['lease_ms', '\x10\x27\0\0']]);
});

test("paths: the VM's have addresses, the peer's names alone", () => {
  const own = { address: '198.18.1.2/24', gateway: '198.18.1.1', place: 0, address6: '2001:2:0:1::2/64', gateway6: '2001:2:0:1::1', endpoint: 2 };
  assert.equal(told({ paths: { nics: [{ mac: '52:54', name: 'wifi', own }, { mac: '52:55', name: 'lte' }], mptcp: 'on', scheduler: 'redundant', hosts: '198.18.0.1 peer\n' } }),
    [['path', '52:54 wifi 198.18.1.2/24 198.18.1.1 0 2 2001:2:0:1::2/64 2001:2:0:1::1'], ['path', '52:55 lte'], ['mptcp', 'on'], ['scheduler', 'redundant'], ['hosts', '198.18.0.1 peer\n']]);
});

test('the rest: alone, with sudo, a watchdog, and a command of its own', () => {
  assert.equal(told({ standalone: true, allowSudo: true, watchdogSeconds: 30 }), [['standalone', ''], ['allow_sudo', ''], ['watchdog', '30']]);
  assert.equal(told({ files: true }), [['files', '']]);
  assert.equal(told({ files: true, sharesByFuse: true, standalone: true }), [['standalone', '']], 'nobody would answer');
  assert.equal(told({ files: true, shares: [{ tag: 'rw0', path: '/srv' }], sharesByFuse: true }), [['rw_dir', 'rw0\0/srv'], ['files', ''], ['rw_by_fuse', '']]);
  assert.equal(told({ openFiles: 20_000 }), [['open_files', '\x20\x4e\0\0']]);
  assert.equal(told({ command: { argv: ['id'], cwd: '/', env: [], user: { uid: 1000, gid: 100, groups: [100, 27] } } }).at(-1), ['user', '\xe8\x03\0\0\x64\0\0\0\x64\0\0\0\x1b\0\0\0']);
  assert.equal(told({ command: { argv: ['id'], program: '/bin/id', cwd: '/', env: [] } }).slice(-2), [['program', '/bin/id'], ['arg', 'id']]);
  assert.equal(told({ command: { argv: ['id', '-u'], cwd: '/', env: ['A=1'] } }), [['command', '\0\0\0\0'], ['cwd', '/'], ['arg', 'id'], ['arg', '-u'], ['env', 'A=1']]);
});

test("addresses of QEMU's own networks: an earlier NIC's route is preferred, whatever is between them", () => {
  const nics: Nic[] = [
    { kind: 'user', mac: '02:00', net: 2 },
    { kind: 'tap', mac: '02:01', ifname: 'kt%d', script: '/s', vhost: false },
    { kind: 'user', mac: '02:02', net: 4 },
  ];
  assert.equal(userAddresses(nics), [
    { mac: '02:00', address: '10.0.2.15/24', gateway: '10.0.2.2', metric: 100 },
    { mac: '02:02', address: '10.0.4.15/24', gateway: '10.0.4.2', metric: 102 },
  ]);
  assert.equal(userDns(nics.slice(1)), ['10.0.4.3']);
  assert.is(userDns(nics.slice(1, 2)), undefined, 'DHCP tells');
});

test.run();
