/** QEMU's arguments, from the VM's description. Pure: one function for each concern, joined in one list. */
import { join } from 'node:path';
import { shellQuote } from '../../text/values.ts';
import type { Channel, Nic, VmDescription } from '../description.ts';
import { nicName } from '../nic-name.ts';
import { askingEvents } from './refused.ts';

type Args = readonly string[];

/** QEMU's option parser ends a value at a comma, and takes two of them for one. */
const value = (text: string | number): string => String(text).replaceAll(',', ',,');

/** An option each: `-device a,b=c` is one element of two words. */
function qemuOptions(vm: VmDescription): Args[] {
  return [
    ...base(),
    ...machine(vm),
    ...memory(vm),
    ...numa(vm),
    ...persistentMemory(vm),
    ...kernel(vm),
    ...serial(vm),
    ...control(vm),
    ...monitor(vm),
    ...rootShare(vm),
    ...shares(vm),
    ...disks(vm),
    ...vm.nics.flatMap((nic, i) => network(vm, nic, i)),
    ...vm.nics.flatMap((nic, i) => capture(vm, nic, i)),
    ...watchdog(vm),
    ...core(vm),
    ...debugger_(vm),
    ...vm.qemuArgs,
  ];
}

export function qemuArgv(vm: VmDescription): string[] {
  return [vm.qemu, ...qemuOptions(vm).flat()];
}

/** The command line for a shell, one option a line. */
export function pasteable(vm: VmDescription): string {
  const lines = [[vm.qemu], ...qemuOptions(vm)].map((words) => words.map(shellQuote).join(' '));
  return `${lines.join(' \\\n  ')}\n`;
}

/** A virtio device on the bus that the machine has: memory-mapped on microvm, PCI on q35. */
const virtio = (vm: VmDescription, name: string): string => `virtio-${name}-${vm.machine === 'microvm' ? 'device' : 'pci'}`;

function base(): Args[] {
  return [
    // Neither default devices nor the user's own qemu.conf.
    ['-nodefaults'], ['-no-user-config'], ['-display', 'none'],
    // panic=-1 makes a panic a reset, and this a reset QEMU's end.
    ['-no-reboot'],
  ];
}

function machine(vm: VmDescription): Args[] {
  // acpi=off: a quarter of the boot time (measured: QEMU 7.2, Linux 6.1), and
  // with ACPI the serial port's interrupt does not arrive on microvm.
  // rtc=on: else the guest lives in 1970.
  const type = vm.machine === 'microvm' ? 'microvm,acpi=off,rtc=on' : `q35${vm.pmemBytes.length > 0 ? ',nvdimm=on' : ''}`;
  return [
    ['-machine', type],
    ['-accel', vm.accel],
    ['-cpu', vm.accel === 'kvm' ? 'host' : emulatedCpu],
    ['-smp', `${vm.cpus}${sockets(vm)}`],
  ];
}

/**
 * max: a guest of the default qemu64 crashes on AVX (virtme-ng 59d14f4).
 *
 * Less the flags that say that `rep movsb` is quick (QEMU's own: ERMS, and FSRM from
 * 8.0 on): emulated, each byte is a turn of a loop, and by these flags the kernel
 * copies and clears all its pages so, and the C library what is long.
 */
const emulatedCpu = 'max,erms=off,fsrm=off';

const mib = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

function memory(vm: VmDescription): Args[] {
  const size = mib(vm.memoryBytes);
  // Persistent memory is plugged in, and lies above all that may be.
  const more = vm.pmemBytes.length === 0 ? '' : `,slots=${vm.pmemBytes.length},maxmem=${vm.pmemBytes.reduce((sum, bytes) => sum + pmemMib(bytes), size)}M`;
  return [['-m', `${size}M${more}`]];
}

/**
 * A socket for each node: QEMU puts all processors into one, whose cache they share,
 * and Linux has a WARNING for those of several nodes that do (topology_sane).
 */
function sockets({ cpus, numaNodes }: VmDescription): string {
  if (numaNodes < 2) return '';
  const count = cpus % numaNodes === 0 ? numaNodes : cpus;
  return `,sockets=${count},cores=${cpus / count},threads=1`;
}

/** Memory and processors in equal parts; the first nodes have what is over. */
function numa(vm: VmDescription): Args[] {
  const nodes = vm.numaNodes > 1 ? vm.numaNodes : 0;
  const part = (all: number, node: number) => Math.floor(all / nodes) + (node < all % nodes ? 1 : 0);
  let cpu = 0;
  return Array.from({ length: nodes }, (_, node): Args[] => {
    const first = cpu;
    cpu += part(vm.cpus, node);
    return [
      ['-object', `memory-backend-ram,id=node${node},size=${part(mib(vm.memoryBytes), node)}M`],
      ['-numa', `node,nodeid=${node},memdev=node${node}${cpu > first ? `,cpus=${first}-${cpu - 1}` : ''}`],
    ];
  }).flat();
}

/** Linux maps it in sections of 2 MiB (its SUBSECTION_SIZE). */
const pmemMib = (bytes: number): number => 2 * Math.ceil(bytes / 2 ** 21);

/** In the host's memory, taken as the guest writes to it: it is gone with the VM. */
function persistentMemory(vm: VmDescription): Args[] {
  return vm.pmemBytes.flatMap((bytes, i) => [
    ['-object', `memory-backend-ram,id=pmem${i},size=${pmemMib(bytes)}M`],
    ['-device', `nvdimm,memdev=pmem${i}`],
  ]);
}

function kernel(vm: VmDescription): Args[] {
  return [
    ['-kernel', vm.kernel.path],
    ['-initrd', vm.initramfs],
    ['-append', kernelCommandLine(vm)],
  ];
}

/** The ticks in a second of a kernel made by kernel.config. */
const hz = 250;

/**
 * A kernel that does not know tsc_early_khz (4.19 and older) may find no rate on
 * a busy host, and then waits for timer ticks, which a microvm does not have so
 * early, to time its delay loop: 1 boot of 12 hung in calibrate_delay (4.14, a
 * load of 6 on 2 processors), none of 52 that was told. With another HZ its delays
 * are off by as much, of which an emulated device takes no notice.
 */
function presetLoops({ tscKhz, kernel: { image } }: VmDescription): string[] {
  const major = image.kind === 'bzImage' ? Number.parseInt(image.release ?? '', 10) : Number.NaN;
  return major < 5 && tscKhz !== undefined ? [`lpj=${Math.round(tscKhz * 1000 / hz)}`] : [];
}

export function kernelCommandLine(vm: VmDescription): string {
  return [
    // A message costs an exit to QEMU for each of its letters. Warnings and
    // what is worse, no more: a WARN and the trace below it are warnings, and
    // `quiet` (4) leaves them out. A boot prints the same four lines by either
    // (measured, 6.1). Before earlyprintk, which prints from where it is read.
    ...(vm.verbose ? [] : ['loglevel=5']),
    'console=ttyS0',
    // Before the serial port's driver is there; a kernel that dies so early says nothing without it.
    'earlyprintk=serial,ttyS0,115200',
    'panic=-1', ...(vm.survivesOops ? [] : ['oops=panic']),
    // Under emulation the TSC's calibration loops until two readings agree,
    // for ever on a busy host: 8 boots of 40 hung (measured). Told the true
    // rate, the kernel's watchdog still finds it wrong, for it compares it with
    // interrupts that come late on a busy host: tsc=reliable spares it that.
    // And on a busy host QEMU's timer comes late for the kernel's own test of
    // it: a boot in some 250 panicked with "IO-APIC + timer doesn't work!"
    // (measured at a load of 10 on 2 processors). KVM's guests skip that test, too.
    ...(vm.accel === 'tcg' ? [`tsc_early_khz=${vm.tscKhz ?? 1_000_000}`, ...presetLoops(vm), 'tsc=reliable', 'no_timer_check'] : []),
    // The kernel counts the ticks of the local APIC's timer for a tenth of a second,
    // as no emulated processor says its rate: a boot takes 0.13 s less of 1.5 by the
    // PIT alone (measured: QEMU 7.2, Linux 6.1; q35 has the HPET for it), and a sleep
    // of 1 ms lasts 1.25 ms instead of 1.36. Several processors need a timer each. An
    // idle VM takes 1.7 % of a processor instead of 0.4, for the PIT counts for 27 ms
    // at the most.
    ...(vm.accel === 'tcg' && vm.cpus === 1 ? ['noapictimer'] : []),
    // QEMU translates a program's code anew for each address that it is loaded
    // at: with random ones all of it at each start, 3 MB of translations for
    // `ip netns exec x true`, which takes 2.5 times as long (measured: 7.2).
    ...(vm.accel === 'tcg' ? ['norandmaps'] : []),
    // microvm has no keyboard controller and no ACPI to reset by: the kernel
    // tries each for a second or so before the triple fault (measured: 1.2 s).
    // Nor has it tables or buses to look for: two errors fewer on the console.
    ...(vm.machine === 'microvm' ? ['reboot=t'] : []),
    // A built-in dummy driver makes dummy0 unasked; in a guest whose NICs are counted it is one too many.
    'dummy.numdummies=0',
    ...(vm.gdbPort === undefined ? [] : ['nokaslr']),
    ...vm.kernel.options,
  ].join(' ');
}

function chardev(id: string, channel: Channel): Args[] {
  switch (channel.kind) {
    case 'none': return [];
    case 'fd': return [['-chardev', `socket,id=${id},fd=${channel.fd}${channel.log === undefined ? '' : `,logfile=${value(channel.log)}`}`]];
    case 'file': return [['-chardev', `file,id=${id},path=${value(channel.path)}`]];
    // signal=off: Ctrl-C goes to the guest.
    case 'stdio': return [['-chardev', `stdio,id=${id},signal=off`]];
  }
}

function serial(vm: VmDescription): Args[] {
  return vm.console.kind === 'none' ? [] : [...chardev('console', vm.console), ['-serial', 'chardev:console']];
}

function control(vm: VmDescription): Args[] {
  return vm.control.kind === 'none' ? [] : [
    ...chardev('control', vm.control),
    ['-device', `${virtio(vm, 'serial')},max_ports=${vm.shareFds !== undefined ? firstSharePort + vm.shareFds.length : vm.filesFd !== undefined ? 3 : 2}`],
    // Port 1: the guest's /dev/vport0p1. (0 is the console's.)
    ['-device', 'virtserialport,nr=1,chardev=control,name=kloop'],
    ...(vm.filesFd === undefined ? [] : [...chardev('files', { kind: 'fd', fd: vm.filesFd }), ['-device', 'virtserialport,nr=2,chardev=files,name=kloop-files']]),
    ...(vm.shareFds ?? []).flatMap((fd, i) => [...chardev(`share${i}`, { kind: 'fd', fd }), ['-device', `virtserialport,nr=${firstSharePort + i},chardev=share${i},name=kloop-share${i}`]]),
  ];
}

/** SHARE_PORT of guest/root.c. */
const firstSharePort = 3;

function monitor(vm: VmDescription): Args[] {
  return vm.monitor.kind === 'none' ? [] : [...chardev('monitor', vm.monitor), ['-mon', 'chardev=monitor,mode=control']];
}

function share(vm: VmDescription, tag: string, path: string, readonly: boolean): Args[] {
  return [
    // security_model=none: files keep the owners that they have on the host,
    // and a chown that QEMU is not allowed to do isn't an error.
    // multidevs=remap: file systems mounted below would clash in inode numbers.
    ['-fsdev', `local,id=${tag},path=${value(path)},security_model=none,multidevs=remap${readonly ? ',readonly=on' : ''}`],
    ['-device', `${virtio(vm, '9p')},fsdev=${tag},mount_tag=${tag}`],
  ];
}

function rootShare(vm: VmDescription): Args[] {
  // Not /dev/root: the kernel strips /dev/ and finds no such tag (measured, 6.1).
  return share(vm, 'rootfs', vm.root, true);
}

function shares(vm: VmDescription): Args[] {
  if (vm.shareFds !== undefined) return [];
  const traced = vm.shares.length === 0 ? [] : askingEvents.map((event) => ['-trace', `enable=${event}`]);
  return [...vm.shares.flatMap((s) => share(vm, s.tag, s.path, false)), ...traced];
}

function disks(vm: VmDescription): Args[] {
  return vm.disks.flatMap((disk, i) => [
    // QEMU opens a disk for reading at first, and again when it may write.
    ...(disk.fds === undefined ? [] : [disk.fds.write, disk.fds.read].map((fd) => ['-add-fd', `fd=${fd},set=${i}`])),
    ['-drive', `if=none,id=disk${i},format=${disk.format},file=${disk.fds === undefined ? value(disk.path) : `/dev/fdset/${i}`}`],
    ['-device', `${disk.bus === 'nvme' ? 'nvme' : virtio(vm, 'blk')},drive=disk${i},serial=${disk.serial}`],
  ]);
}

function network(vm: VmDescription, nic: Nic, index: number): Args[] {
  const id = `nic${index}`;
  return [['-netdev', netdev(vm, nic, id)], ['-device', `${virtio(vm, 'net')},netdev=${id},mac=${nic.mac}`]];
}

function netdev(vm: VmDescription, nic: Nic, id: string): string {
  // vhost moves packets without QEMU; without KVM it would have to be woken by hand.
  const vhost = (nic.kind === 'tap' || nic.kind === 'bridge-helper') && nic.vhost && vm.accel === 'kvm' ? ',vhost=on' : '';
  switch (nic.kind) {
    case 'user': return `user,id=${id},net=10.0.${nic.net}.0/24${nic === vm.nics.find(({ kind }) => kind === 'user') ? forwards(vm) : ''}`;
    case 'tap': return `tap,id=${id},ifname=${value(nic.ifname)},script=${value(nic.script)},downscript=no${vhost}`;
    // QEMU 7.2 has streams over sockets of the file system; the other form is as old as 1.0.
    case 'path': return nic.udp === undefined
      ? `stream,id=${id},server=${nic.listens ? 'on' : 'off'},addr.type=unix,addr.path=${value(nic.socket)}`
      : `socket,id=${id},udp=127.0.0.1:${nic.udp.other},localaddr=127.0.0.1:${nic.udp.own}`;
    case 'bridge-helper': return `tap,id=${id},br=${value(nic.bridge)},helper=${value(nic.helper)}${vhost}`;
  }
}

/** A file holds so much of each packet: all headers, and a little of what they carry; bytes. */
const capturedBytes = 256;

/** QEMU writes what passes a NIC: it is all there after a panic. */
function capture(vm: VmDescription, nic: Nic, index: number): Args[] {
  if (vm.capture === undefined) return [];
  const fd = vm.captureFds?.[index];
  const file = fd === undefined ? join(vm.capture.dir, `${nicName(nic, index)}.pcap`) : `/dev/fd/${fd}`;
  return [['-object', `filter-dump,id=capture${index},netdev=nic${index},maxlen=${capturedBytes},file=${value(file)}`]];
}

/** No address of the guest's: the first that QEMU's own DHCP would give, which the guest's init sets. */
function forwards(vm: VmDescription): string {
  return vm.forwards.map(({ protocol, address, hostPort, guestPort }) => `,hostfwd=${protocol}:${address}:${hostPort}-:${guestPort}`).join('');
}

function watchdog(vm: VmDescription): Args[] {
  // ib700: an ISA device, which both machines have room for (i6300esb wants PCI).
  // pause: a guest that stands still can be asked where it is.
  return vm.watchdogSeconds === undefined ? [] : [['-device', 'ib700'], ['-action', 'watchdog=pause']];
}

/** A panic is a reset (panic=-1), and a reset QEMU's end (-no-reboot): before that end it stops now, and tells (QEMU 6.0). */
function core(vm: VmDescription): Args[] {
  return vm.coreBytes === 0 ? [] : [['-action', 'shutdown=pause']];
}

function debugger_(vm: VmDescription): Args[] {
  return vm.gdbPort === undefined ? [] : [['-gdb', `tcp:127.0.0.1:${vm.gdbPort}`], ...(vm.gdbRuns === true ? [] : [['-S']])];
}
