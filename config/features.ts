/**
 * What a kernel may have for the programs of its guest: the options, which
 * fragment has them, and how a command line shows that it wants them. Data, and
 * pure look-ups.
 *
 * A program whose kernel lacks an option says so in its own way, often wrongly
 * (`mount -o loop`: "Operation not permitted"). kloop does not read what
 * commands print: it compares what they name with the configuration.
 */
import { inColumns } from '../tasks/text/table.ts';

export interface KernelFeature {
  /** As a person calls it; with what it is for, where that is not plain. */
  readonly name: string;
  /** All of them, built in or as modules, without `CONFIG_`. */
  readonly options: readonly string[];
  /** Options that not every kernel has: these are lacking only where the configuration says that they are off. */
  readonly whereKnown?: readonly string[];
  /** One of config/fragments; `undefined`: kernel.config has the options. */
  readonly fragment?: string;
  /** Found in a command that needs it. */
  readonly named?: RegExp;
}

/** Something that a VM was asked for, and the options that its kernel lacks for it. */
export interface Unsupported {
  /** As it was asked for. */
  readonly option: string;
  readonly feature: KernelFeature;
  readonly lacks: readonly string[];
}

const base = (name: string, options: readonly string[], named?: RegExp): KernelFeature => ({ name, options, ...(named === undefined ? {} : { named }) });
const inFragment = (fragment: string) => (name: string, options: readonly string[], named?: RegExp): KernelFeature => ({ ...base(name, options, named), fragment });
const network = inFragment('network');
const filesystems = inFragment('filesystems');
const tracing = inFragment('tracing');
const hardware = inFragment('hardware');

/** What systemd 252's README requires, beyond what every VM of kloop's has. */
export const systemd = base('systemd', ['CGROUPS', 'FHANDLE', 'INOTIFY_USER', 'SIGNALFD', 'TIMERFD', 'EPOLL']);
/** What shapes the paths to a peer, in the peer's kernel. */
export const shaping = base('paths to a peer', ['NET_SCH_NETEM', 'BRIDGE', 'VETH', 'NET_NS']);
export const nvme = hardware('NVMe drives', ['BLK_DEV_NVME']);
export const pmem = hardware('persistent memory', ['ACPI_NFIT', 'BLK_DEV_PMEM']);
export const numa = hardware('NUMA', ['NUMA', 'ACPI_NUMA']);

export const kernelFeatures: readonly KernelFeature[] = [
  base('core dumps', ['COREDUMP', 'ELF_CORE']),
  // From 6.8 on mount(8) 2.38 finds the loop device busy, which it has open itself, where this is off.
  { ...base('loop devices: mount -o loop', ['BLK_DEV_LOOP'], /\bmount\b[^;|&\n]*\bloop\b|\blosetup\b/), whereKnown: ['BLK_DEV_WRITE_MOUNTED'] },
  base('swap', ['SWAP'], /\bswapon\b/),
  base('ext4', ['EXT4_FS'], /\bmount\b[^;|&\n]*\bext4\b/),
  base('FUSE', ['FUSE_FS'], /\b(?:fuse2fs|sshfs|fuse-overlayfs|bindfs)\b/),
  base('control groups', ['CGROUPS', 'MEMCG', 'CGROUP_PIDS', 'CPUSETS'], /\b(?:podman|docker|runc|crun)\b|\bcgroup2\b/),
  base('BPF', ['BPF_SYSCALL'], /\bbpftool\b/),
  base('io_uring', ['IO_URING'], /\bio_uring\b/),
  base('message queues', ['POSIX_MQUEUE'], /\bmqueue\b/),
  base('keys', ['KEYS'], /\bkeyctl\b/),
  base('Landlock', ['SECURITY_LANDLOCK'], /\blandlock\b/i),
  base('userfaultfd', ['USERFAULTFD'], /\buserfaultfd\b/),
  base('namespaces', ['USER_NS', 'PID_NS', 'NET_NS', 'TIME_NS'], /\bunshare\b|\bip netns\b/),
  base('vsock', ['VSOCKETS', 'VIRTIO_VSOCKETS'], /\bvsock\b/i),
  base('perf', ['PERF_EVENTS'], /\bperf (?!trace)/),
  base('netem', ['NET_SCH_NETEM'], /\bnetem\b/),
  base('nftables', ['NF_TABLES'], /\bnft\b/),
  base('iptables', ['IP_NF_IPTABLES'], /\bip6?tables\b/),
  base('iptables: owner', ['NETFILTER_XT_MATCH_OWNER'], /\bip6?tables\b[^;|&\n]* -m owner\b/),
  base('iptables: length', ['NETFILTER_XT_MATCH_LENGTH'], /\bip6?tables\b[^;|&\n]* -m length\b/),
  systemd, shaping,
  network('WireGuard', ['WIREGUARD'], /\bwg(?:-quick)?\b|\bwireguard\b/),
  network('VXLAN', ['VXLAN'], /\bvxlan\b/),
  network('GENEVE', ['GENEVE'], /\bgeneve\b/),
  network('GRE', ['NET_IPGRE'], /\bgre(?:tap)?\b/),
  network('IPIP', ['NET_IPIP'], /\bipip\b/),
  network('IPsec', ['XFRM_USER', 'INET_ESP'], /\bip xfrm\b/),
  network('bonding', ['BONDING'], /\bbond\b/),
  network('VRF', ['NET_VRF'], /\bvrf\b/),
  network('cake', ['NET_SCH_CAKE'], /\bcake\b/),
  network('nftables on bridges', ['NF_TABLES_BRIDGE'], /\bnft\b[^;|&\n]*\bbridge\b/),
  network('ipset', ['IP_SET'], /\bipset\b/),
  filesystems('btrfs', ['BTRFS_FS'], /\bmount\b[^;|&\n]*\bbtrfs\b/),
  filesystems('XFS', ['XFS_FS'], /\bmount\b[^;|&\n]*\bxfs\b/),
  filesystems('F2FS', ['F2FS_FS'], /\bmount\b[^;|&\n]*\bf2fs\b/),
  filesystems('FAT', ['VFAT_FS'], /\bmount\b[^;|&\n]*\bvfat\b/),
  filesystems('SquashFS', ['SQUASHFS'], /\bmount\b[^;|&\n]*\bsquashfs\b/),
  filesystems('device mapper: LVM, cryptsetup', ['BLK_DEV_DM', 'DM_CRYPT'], /\b(?:dmsetup|cryptsetup|lvcreate|vgcreate)\b/),
  tracing('function tracer: trace-cmd', ['FUNCTION_TRACER', 'DYNAMIC_FTRACE'], /\btrace-cmd\b|\/sys\/kernel\/(?:debug\/)?tracing\b|\btracefs\b/),
  tracing('events of system calls: perf trace', ['FTRACE_SYSCALLS'], /\bperf trace\b/),
  inFragment('btf')('type information: bpftrace', ['DEBUG_INFO_BTF'], /\bbpftrace\b/),
  inFragment('containers')('autofs', ['AUTOFS_FS'], /\bautofs\b/),
  inFragment('containers')('huge pages', ['HUGETLBFS'], /\bhugetlbfs\b|\bhugeadm\b/),
  inFragment('debug')('line numbers: gdb', ['DEBUG_INFO']),
  inFragment('lockdep')('lockdep', ['PROVE_LOCKING']),
  inFragment('kasan')('KASAN', ['KASAN']),
  inFragment('kmemleak')('kmemleak', ['DEBUG_KMEMLEAK'], /\/kmemleak\b/),
  inFragment('kunit')('KUnit', ['KUNIT']),
  inFragment('modules')('modules', ['MODULES'], /\b(?:modprobe|insmod)\b/),
  nvme, pmem, numa,
];

/** The options of a feature that a configuration does not have; a module will do. */
export function optionsLacking({ options, whereKnown = [] }: KernelFeature, config: string): string[] {
  return [
    ...options.filter((name) => !new RegExp(`^CONFIG_${name}=[ym]$`, 'm').test(config)),
    ...whereKnown.filter((name) => new RegExp(`^# CONFIG_${name} is not set$`, 'm').test(config)),
  ];
}

/** 'CONFIG_A=y and CONFIG_B=y'. */
export const asSet = (options: readonly string[]): string => options.map((name) => `CONFIG_${name}=y`).join(' and ');

/** Where a feature's options come from. */
export const whoHas = ({ fragment }: KernelFeature): string => (fragment === undefined ? 'kernel.config has it' : `KERNEL_FRAGMENTS=${fragment} has it`);

/**
 * What a command names that its kernel lacks, a line each.
 *
 * @param command its words, joined
 * @param config the text of the kernel's .config; `undefined` where that is not known: nothing is lacking then
 */
export function namedAndLacking(command: string, config: string | undefined): string[] {
  if (config === undefined) return [];
  return kernelFeatures.flatMap((feature) => {
    const found = feature.named?.exec(command)?.[0];
    const lacks = found === undefined ? [] : optionsLacking(feature, config);
    return found === undefined || lacks.length === 0 ? [] : [`'${found}' needs ${asSet(lacks)}, which this kernel does not have: ${whoHas(feature)}`];
  });
}

/**
 * All features, a line each: what the configuration has, and for the rest the
 * options and where they are.
 *
 * @param knows whether this kernel has such an option at all
 */
export function featureLines(config: string, knows: (option: string) => boolean): string {
  const rows = kernelFeatures.map((feature) => {
    const lacks = optionsLacking(feature, config);
    if (lacks.length === 0) return ['yes', feature.name];
    const unknown = lacks.filter((option) => !knows(option));
    const why = unknown.length > 0 ? `this kernel has no ${unknown.map((option) => `CONFIG_${option}`).join(', ')}` : `${asSet(lacks)}; ${whoHas(feature)}`;
    return ['no ', feature.name, why];
  });
  return inColumns(rows).map((line) => `${line}\n`).join('');
}
