import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kernelCommandLine, pasteable, qemuArgv } from '../../../tasks/machine/qemu/arguments.ts';
import type { VmDescription } from '../../../tasks/machine/description.ts';

const plain: VmDescription = {
  name: 'vm', qemu: 'qemu-system-x86_64', accel: 'tcg', machine: 'microvm', memoryBytes: 1 << 30, cpus: 1,
  kernel: { path: '/k/vmlinux', image: { kind: 'vmlinux', pvh: true }, options: [] },
  initramfs: '/dev/fd/5', root: '/', shares: [], disks: [], nics: [], pmemBytes: [], numaNodes: 1, forwards: [], qemuArgs: [],
  console: { kind: 'file', path: '/log' }, control: { kind: 'fd', fd: 3 }, monitor: { kind: 'fd', fd: 4 }, verbose: false, coreBytes: 0, survivesOops: false,
};
const line = (vm: Partial<VmDescription>): string => qemuArgv({ ...plain, ...vm }).join(' ');

test('every virtio device is on the bus that the machine has', () => {
  const all: Partial<VmDescription> = {
    shares: [{ tag: 'rw0', path: '/d' }],
    disks: [{ bus: 'virtio', serial: 'kloop0', path: '/disk', format: 'raw' }],
    nics: [{ kind: 'user', mac: '52:54:00:00:00:01', net: 2 }],
  };
  assert.not.match(line(all), /virtio-[a-z0-9]+-pci/);
  assert.not.match(line({ ...all, machine: 'q35' }), /virtio-[a-z0-9]+-device/);
  assert.is([...line(all).matchAll(/virtio-(9p|serial|blk|net)-device/g)].length, 5);
});

test("the host's root is read-only, a shared directory is not", () => {
  const argv = qemuArgv({ ...plain, shares: [{ tag: 'rw0', path: '/d' }] });
  const root = argv.find((word) => word.includes('id=rootfs')) ?? '';
  const shared = argv.find((word) => word.includes('id=rw0')) ?? '';
  assert.match(root, 'readonly=on');
  assert.not.match(shared, 'readonly');
});

test('a shared directory that comes by FUSE has a port of its own, and QEMU serves nothing there', () => {
  const argv = line({ shares: [{ tag: 'rw0', path: '/d' }, { tag: 'rw1', path: '/e' }], filesFd: 7, shareFds: [8, 9] });
  assert.match(argv, 'virtio-serial-device,max_ports=5');
  assert.match(argv, '-chardev socket,id=share1,fd=9 -device virtserialport,nr=4,chardev=share1');
  assert.not.match(argv, 'rw0');
  assert.not.match(argv, 'v9fs_mknod');
});

test('commas in paths are doubled', () => {
  assert.match(line({ shares: [{ tag: 'rw0', path: '/a,b' }] }), 'path=/a,,b,security_model');
  assert.match(line({ disks: [{ bus: 'virtio', serial: 's', path: '/a,b', format: 'raw' }] }), 'file=/a,,b');
});

test('emulation has its processor and its clock, KVM its own', () => {
  assert.match(line({}), '-cpu max,erms=off,fsrm=off ');
  assert.match(kernelCommandLine({ ...plain, tscKhz: 2_596_150 }), 'tsc_early_khz=2596150 tsc=reliable no_timer_check');
  assert.match(line({ accel: 'kvm' }), '-cpu host ');
  assert.not.match(kernelCommandLine({ ...plain, accel: 'kvm' }), 'tsc_early_khz');
  assert.match(kernelCommandLine({ ...plain, cpus: 1 }), ' noapictimer ');
  assert.not.match(kernelCommandLine({ ...plain, cpus: 2 }), 'noapictimer');
  assert.not.match(kernelCommandLine({ ...plain, cpus: 1, accel: 'kvm' }), 'noapictimer');
  assert.match(kernelCommandLine(plain), ' norandmaps ');
  assert.not.match(kernelCommandLine({ ...plain, accel: 'kvm' }), 'norandmaps');
  const image = (release: string, accel: VmDescription['accel'] = 'tcg') => kernelCommandLine({ ...plain, accel, tscKhz: 2_596_150, kernel: { ...plain.kernel, image: { kind: 'bzImage', release } } });
  assert.match(image('4.14.67'), 'tsc_early_khz=2596150 lpj=10384600 tsc=reliable');
  assert.not.match(image('4.14.67', 'kvm'), 'lpj=');
  assert.not.match(image('6.1.0'), 'lpj=');
});

test("the user's kernel options come last: they win", () => {
  const options = kernelCommandLine({ ...plain, kernel: { ...plain.kernel, options: ['panic=5', 'x'] } });
  assert.ok(options.endsWith(' panic=5 x'));
});

test('what passes a NIC is written to a file, by the name of its path', () => {
  const nics: VmDescription['nics'] = [{ kind: 'user', mac: '52:54', net: 2 }, { kind: 'path', mac: '52:55', socket: '/run/l/wifi', listens: false }];
  assert.not.match(line({ nics }), 'filter-dump');
  assert.match(line({ nics, capture: { dir: '/a,b', mostBytes: 1 } }), 'filter-dump,id=capture0,netdev=nic0,maxlen=256,file=/a,,b/nic0.pcap');
  assert.match(line({ nics, capture: { dir: '/c', mostBytes: 1 } }), 'filter-dump,id=capture1,netdev=nic1,maxlen=256,file=/c/wifi.pcap');
  assert.match(line({ nics, capture: { dir: '/c', mostBytes: 1 }, captureFds: [7, 8] }), 'filter-dump,id=capture1,netdev=nic1,maxlen=256,file=/dev/fd/8');
});

test('each kind of NIC', () => {
  const mac = '52:54:00:00:00:01';
  assert.match(line({ nics: [{ kind: 'user', mac, net: 3 }] }), '-netdev user,id=nic0,net=10.0.3.0/24');
  assert.match(line({ nics: [{ kind: 'path', mac, socket: '/run/a,b', listens: true }] }), '-netdev stream,id=nic0,server=on,addr.type=unix,addr.path=/run/a,,b');
  assert.match(line({ nics: [{ kind: 'path', mac, socket: '/run/l', listens: false }] }), 'stream,id=nic0,server=off,');
  assert.match(line({ nics: [{ kind: 'path', mac, socket: '/run/l', listens: true, udp: { own: 5001, other: 5002 } }] }), '-netdev socket,id=nic0,udp=127.0.0.1:5002,localaddr=127.0.0.1:5001');
  assert.match(line({ nics: [{ kind: 'tap', mac, ifname: 'kt%d', script: '/a,b/up', vhost: true }] }), '-netdev tap,id=nic0,ifname=kt%d,script=/a,,b/up,downscript=no');
  assert.match(line({ nics: [{ kind: 'bridge-helper', mac, bridge: 'bridge0', helper: '/h', vhost: false }] }), '-netdev tap,id=nic0,br=bridge0,helper=/h');
  assert.match(line({ accel: 'kvm', nics: [{ kind: 'tap', mac, ifname: 'kt%d', script: '/up', vhost: true }] }), 'downscript=no,vhost=on');
  assert.not.match(line({ nics: [{ kind: 'tap', mac, ifname: 'kt%d', script: '/up', vhost: true }] }), 'vhost');
});

test('a debugger is waited for, or not', () => {
  assert.ok(qemuArgv({ ...plain, gdbPort: 1234 }).includes('-S'));
  assert.not.ok(qemuArgv({ ...plain, gdbPort: 1234, gdbRuns: true }).includes('-S'));
});

test('a VM whose memory is to be kept stops at its end', () => {
  assert.not.ok(qemuArgv(plain).includes('shutdown=pause'));
  assert.ok(qemuArgv({ ...plain, coreBytes: 1 }).join(' ').includes('-action shutdown=pause'));
});

test("ports lead into the first NIC on QEMU's own network", () => {
  const forwards = [{ protocol: 'tcp' as const, address: '127.0.0.1', hostPort: 8080, guestPort: 80 }, { protocol: 'udp' as const, address: '0.0.0.0', hostPort: 53, guestPort: 53 }];
  const text = line({ forwards, nics: [{ kind: 'tap', mac: '1', ifname: 'kt%d', script: '/up', vhost: false }, { kind: 'user', mac: '2', net: 2 }, { kind: 'user', mac: '3', net: 3 }] });
  assert.match(text, '-netdev user,id=nic1,net=10.0.2.0/24,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=udp:0.0.0.0:53-:53 ');
  assert.is(text.match(/hostfwd/g)?.length, 2);
});

test('nodes have all the memory and all the processors between them', () => {
  const text = line({ machine: 'q35', numaNodes: 3, cpus: 4, memoryBytes: 1 << 30 });
  assert.match(text, 'size=342M -numa node,nodeid=0,memdev=node0,cpus=0-1 ');
  assert.match(text, 'size=341M -numa node,nodeid=1,memdev=node1,cpus=2-2 ');
  assert.match(text, 'size=341M -numa node,nodeid=2,memdev=node2,cpus=3-3');
  assert.not.match(line({ numaNodes: 2, cpus: 1 }), 'memdev=node1,cpus', 'a node of memory alone');
  assert.match(text, '-smp 4,sockets=4,cores=1,threads=1 ');
  assert.match(line({ numaNodes: 2, cpus: 4 }), '-smp 4,sockets=2,cores=2,threads=1 ', 'a socket for each');
  assert.match(line({ cpus: 4 }), '-smp 4 -');
  assert.not.match(line({}), 'numa');
});

test('persistent memory lies above the rest, in the sections that Linux maps', () => {
  const text = line({ machine: 'q35', pmemBytes: [1 << 28, (1 << 20) + 1] });
  assert.match(text, '-machine q35,nvdimm=on ');
  assert.match(text, '-m 1024M,slots=2,maxmem=1282M ');
  assert.match(text, 'id=pmem1,size=2M -device nvdimm,memdev=pmem1');
});

test('an NVMe drive is a drive as the others; QEMU arguments of the person come last', () => {
  assert.match(line({ machine: 'q35', disks: [{ bus: 'nvme', serial: 'kloop0', path: '/d', format: 'raw' }] }), '-device nvme,drive=disk0,serial=kloop0');
  assert.ok(line({ gdbPort: 1234, qemuArgs: [['-device', 'edu'], ['-s']] }).endsWith(' -S -device edu -s'));
});

test('the pasted line quotes what a shell would split', () => {
  const text = pasteable({ ...plain, kernel: { ...plain.kernel, path: "/my kernel's/vmlinux" } });
  assert.match(text, `-kernel '/my kernel'\\''s/vmlinux' \\\n`);
  assert.is(text.split('\n').slice(0, -2).every((l) => l.endsWith(' \\')), true);
});

test.run();
