/**
 * What kloop wants of the host: tools and headers, why, and the package that
 * brings each. Data and pure look-ups only; looking at the host is
 * tasks/host/tools.ts.
 *
 * Names for Debian 12 are checked by a test that asks apt. Names for Arch and
 * Fedora come from their package listings and from what others install there;
 * no machine of theirs was at hand to try them.
 */
import { usesLlvm, withEnvironment } from '../tasks/text/make-variables.ts';

/** Families of distributions that share package names and a package manager. */
export type Family = 'debian' | 'arch' | 'fedora';

/** What a tool is for. `vm` is needed always; the others by those who ask for them. */
export type Feature =
  | 'vm' // source, configuration, build, boot
  | 'download' // kernel sources that aren't git repositories
  | 'bridge' // the bridge on the host, and addresses in the guest
  | 'paths' // a peer VM, with links that are shaped
  | 'python' // building the patched Python
  | 'vido'
  | 'menuconfig'
  | 'btf'
  | 'llvm'
  | 'gdb'
  | 'drgn'
  | 'crash'
  | 'systemd'
  | 'ccache'
  | 'distcc'
  | 'icecc'
  | 'selftests' // building the kernel's own tests
  | 'selftest-tools' // what these call, where they are asked for
  | 'tests' // kloop's own
  | 'program-tests' // programs that tests run in the guest
  | 'network-tests'
  | 'browser-tests' // reports are looked at in one
  | 'editor-tests'; // what one is told of the kernel

/** How a tool is looked for: by itself, so that one built by hand counts as well as a packaged one. */
export type Probe =
  /** Any of these programs, on PATH or in an sbin. */
  | { readonly kind: 'program'; readonly names: readonly string[] }
  /** A C header, below an include directory. */
  | { readonly kind: 'header'; readonly path: string }
  /** A static library, in a library directory. */
  | { readonly kind: 'library'; readonly name: string }
  /** Any of these files. */
  | { readonly kind: 'file'; readonly paths: readonly string[] };

/** Something the host should have. */
export interface HostTool {
  /** As a person calls it. */
  readonly name: string;
  readonly feature: Feature;
  readonly reason: string;
  readonly probe: Probe;
  /** `undefined`: this family has no package for it. */
  readonly packages: Readonly<Record<Family, string | undefined>>;
}

const program = (...names: string[]): Probe => ({ kind: 'program', names });
const header = (path: string): Probe => ({ kind: 'header', path });
const same = (name: string) => ({ debian: name, arch: name, fedora: name });

/** Where QEMU's bridge helper is: Debian and Arch, Fedora, older ones, QEMU's own `make install`. */
export const bridgeHelpers: readonly string[] = ['/usr/lib/qemu/qemu-bridge-helper', '/usr/libexec/qemu-bridge-helper', '/usr/lib/qemu-bridge-helper', '/usr/local/libexec/qemu-bridge-helper'];

/** Where systemd is. */
export const systemdPaths: readonly string[] = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'];

/*
 * client-setup.md's packages of 2017, and where they are in this table:
 *   bridge-utils      retired by Linux's bridge developers; `ip` of iproute2 makes bridges
 *   python            the same still
 *   qemu              split by Arch in 2022: qemu-system-x86 is the emulator alone;
 *                     the bridge helper comes with qemu-common
 *   qemu-arch-extra   other architectures' emulators, split up likewise; not needed
 *   abs               gone in 2017: PKGBUILDs come by git, ours is in python-patch/;
 *                     base-devel gives makepkg what it works with
 */
export const hostTools: readonly HostTool[] = [
  // The kernel's Documentation/process/changes.rst lists what a build needs.
  { name: 'gcc', feature: 'vm', reason: 'compiles the kernel and its build tools', probe: program('gcc'), packages: same('gcc') },
  { name: 'ld', feature: 'vm', reason: 'links the kernel', probe: program('ld'), packages: same('binutils') },
  { name: 'make', feature: 'vm', reason: 'runs Kbuild', probe: program('make'), packages: same('make') },
  { name: 'flex', feature: 'vm', reason: 'used by Kconfig and dtc', probe: program('flex'), packages: same('flex') },
  { name: 'bison', feature: 'vm', reason: 'used by Kconfig and dtc', probe: program('bison'), packages: same('bison') },
  { name: 'bc', feature: 'vm', reason: 'generates timeconst.h', probe: program('bc'), packages: same('bc') },
  { name: 'perl', feature: 'vm', reason: 'generates assembler sources of the crypto code', probe: program('perl'), packages: same('perl') },
  { name: 'awk', feature: 'vm', reason: "generates the x86 decoder's tables", probe: program('awk'), packages: { debian: 'mawk', arch: 'gawk', fedora: 'gawk' } },
  { name: 'cmp', feature: 'vm', reason: 'lets Kbuild leave unchanged files alone', probe: program('cmp'), packages: same('diffutils') },
  { name: 'find', feature: 'vm', reason: "used by Kbuild's clean", probe: program('find'), packages: same('findutils') },
  { name: 'cpio', feature: 'vm', reason: 'packs the initramfs and CONFIG_IKHEADERS', probe: program('cpio'), packages: same('cpio') },
  { name: 'depmod', feature: 'vm', reason: 'needed for a kernel with modules', probe: program('depmod'), packages: same('kmod') },
  { name: 'libelf headers', feature: 'vm', reason: 'needed by objtool', probe: header('gelf.h'), packages: { debian: 'libelf-dev', arch: 'libelf', fedora: 'elfutils-libelf-devel' } },
  { name: 'OpenSSL headers', feature: 'vm', reason: 'needed for module signing and extract-cert', probe: header('openssl/opensslv.h'), packages: { debian: 'libssl-dev', arch: 'openssl', fedora: 'openssl-devel' } },
  // Debian's gcc only recommends it, and we install without recommendations.
  { name: 'C library headers', feature: 'vm', reason: "needed by the kernel's build tools", probe: header('stdio.h'), packages: { debian: 'libc6-dev', arch: 'glibc', fedora: 'glibc-devel' } },
  { name: 'static C library', feature: 'vm', reason: "the guest's init is linked statically", probe: { kind: 'library', name: 'libc.a' }, packages: { debian: 'libc6-dev', arch: 'glibc', fedora: 'glibc-static' } },
  { name: 'git', feature: 'vm', reason: 'clones kernel sources', probe: program('git'), packages: { debian: 'git', arch: 'git', fedora: 'git-core' } },
  { name: 'CA certificates', feature: 'vm', reason: 'needed to clone over https', probe: { kind: 'file', paths: ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', '/etc/ssl/cert.pem'] }, packages: same('ca-certificates') },
  { name: 'tar', feature: 'vm', reason: 'unpacks kernel sources', probe: program('tar'), packages: same('tar') },
  { name: 'zstd', feature: 'vm', reason: "unpacks a distribution's modules", probe: program('zstd'), packages: same('zstd') },
  { name: 'xz', feature: 'vm', reason: 'unpacks kernel sources', probe: program('xz'), packages: { debian: 'xz-utils', arch: 'xz', fedora: 'xz' } },
  { name: 'QEMU', feature: 'vm', reason: 'runs the VM', probe: program('qemu-system-x86_64'), packages: { debian: 'qemu-system-x86', arch: 'qemu-system-x86', fedora: 'qemu-system-x86-core' } },
  { name: 'setpriv', feature: 'vm', reason: 'stops what kloop started if kloop dies', probe: program('setpriv'), packages: same('util-linux') },
  { name: 'ip', feature: 'vm', reason: 'sets addresses and routes, on the host and in the guest', probe: program('ip'), packages: { debian: 'iproute2', arch: 'iproute2', fedora: 'iproute' } },

  { name: 'curl', feature: 'download', reason: "downloads kernel sources and Python's tarball", probe: program('curl'), packages: same('curl') },

  // NICs on a bridge ask for their addresses. udhcpc is the lightest client, and
  // busybox has it; any of these will do.
  { name: 'DHCP client', feature: 'bridge', reason: "gets addresses for the guest's NICs", probe: program('udhcpc', 'busybox', 'dhcpcd', 'dhclient'), packages: { debian: 'udhcpc', arch: 'busybox', fedora: 'busybox' } },
  { name: 'dnsmasq', feature: 'bridge', reason: 'DHCP on a bridge without an uplink', probe: program('dnsmasq'), packages: { debian: 'dnsmasq-base', arch: 'dnsmasq', fedora: 'dnsmasq' } },
  { name: 'tc', feature: 'paths', reason: 'has the tables by which delays vary on the paths to a peer VM', probe: program('tc'), packages: { debian: 'iproute2', arch: 'iproute2', fedora: 'iproute-tc' } },
  { name: 'nft', feature: 'bridge', reason: "NAT to the host's uplink", probe: program('nft'), packages: same('nftables') },
  { name: "QEMU's bridge helper", feature: 'bridge', reason: 'lets an ordinary user put a NIC on a bridge', probe: { kind: 'file', paths: bridgeHelpers }, packages: { debian: 'qemu-system-common', arch: 'qemu-common', fedora: 'qemu-common' } },

  // On Arch makepkg is pacman's, always there; base-devel is what it takes for granted, and needs pacman.
  { name: 'makepkg', feature: 'python', reason: 'builds Arch packages', probe: program('makepkg'), packages: { debian: 'makepkg', arch: 'base-devel', fedora: 'pacman' } },
  { name: 'pacman', feature: 'python', reason: 'installs Arch packages', probe: program('pacman'), packages: { debian: 'pacman-package-manager', arch: 'pacman', fedora: 'pacman' } },
  { name: 'fakeroot', feature: 'python', reason: 'lets makepkg package files as if it were root', probe: program('fakeroot'), packages: { debian: 'fakeroot', arch: 'base-devel', fedora: 'fakeroot' } },
  { name: 'bsdtar', feature: 'python', reason: 'makepkg creates packages with it', probe: program('bsdtar'), packages: { debian: 'libarchive-tools', arch: 'libarchive', fedora: 'bsdtar' } },
  { name: 'patch', feature: 'python', reason: "applies python-patch's patch", probe: program('patch'), packages: { debian: 'patch', arch: 'base-devel', fedora: 'patch' } },

  { name: 'python3', feature: 'vido', reason: 'runs vido', probe: program('python3'), packages: { debian: 'python3', arch: 'python', fedora: 'python3' } },
  // distutils left Python with 3.12; setuptools brings its own.
  { name: 'setuptools', feature: 'vido', reason: "needed by vido's setup.py", probe: { kind: 'file', paths: ['/usr/lib/python3/dist-packages/setuptools/__init__.py', '/usr/lib/python3.*/site-packages/setuptools/__init__.py', '/usr/local/lib/python3.*/*-packages/setuptools/__init__.py'] }, packages: { debian: 'python3-setuptools', arch: 'python-setuptools', fedora: 'python3-setuptools' } },

  { name: 'ncurses headers', feature: 'menuconfig', reason: 'needed by config --menu', probe: header('ncurses.h'), packages: { debian: 'libncurses-dev', arch: 'ncurses', fedora: 'ncurses-devel' } },
  { name: 'pahole', feature: 'btf', reason: "generates the btf fragment's type information", probe: program('pahole'), packages: { debian: 'pahole', arch: 'pahole', fedora: 'dwarves' } },
  { name: 'clang', feature: 'llvm', reason: 'LLVM is set, in KERNEL_MAKE_ARGS or the environment', probe: program('clang'), packages: same('clang') },
  { name: 'ld.lld', feature: 'llvm', reason: 'LLVM is set, in KERNEL_MAKE_ARGS or the environment', probe: program('ld.lld'), packages: same('lld') },
  { name: 'llvm-ar', feature: 'llvm', reason: 'LLVM is set, in KERNEL_MAKE_ARGS or the environment', probe: program('llvm-ar'), packages: same('llvm') },
  { name: 'gdb', feature: 'gdb', reason: 'needed by vm --gdb', probe: program('gdb'), packages: same('gdb') },
  { name: 'drgn', feature: 'drgn', reason: 'needed by kloop drgn', probe: program('drgn'), packages: { debian: 'python3-drgn', arch: 'drgn', fedora: 'drgn' } },
  // Arch has it in the AUR only (from memory; not checked).
  { name: 'crash', feature: 'crash', reason: 'opens what kloop dump writes', probe: program('crash'), packages: { debian: 'crash', arch: undefined, fedora: 'crash' } },
  { name: 'systemd', feature: 'systemd', reason: 'needed by vm --systemd', probe: { kind: 'file', paths: systemdPaths }, packages: same('systemd') },
  // systemd-run waits for its units over the bus.
  { name: 'D-Bus', feature: 'systemd', reason: 'needed by systemd-run --wait', probe: program('dbus-daemon', 'dbus-broker'), packages: { debian: 'dbus', arch: 'dbus', fedora: 'dbus-broker' } },
  { name: 'ccache', feature: 'ccache', reason: 'makes repeated builds about ten times faster', probe: program('ccache'), packages: same('ccache') },
  { name: 'distcc', feature: 'distcc', reason: 'compiles on other machines too', probe: program('distcc'), packages: same('distcc') },
  // Arch has it in the AUR only (from memory; not checked).
  { name: 'icecc', feature: 'icecc', reason: 'compiles on other machines too', probe: program('icecc'), packages: { debian: 'icecc', arch: undefined, fedora: 'icecream' } },
  { name: 'rsync', feature: 'selftests', reason: "used by kselftest's makefiles to install tests", probe: program('rsync'), packages: same('rsync') },
  { name: 'tmux', feature: 'tests', reason: 'lets tests drive a terminal', probe: program('tmux'), packages: same('tmux') },
  { name: 'mkfs.ext4', feature: 'program-tests', reason: 'tests file systems in the guest', probe: program('mkfs.ext4'), packages: same('e2fsprogs') },
  { name: 'mkfs.xfs', feature: 'program-tests', reason: 'tests file systems in the guest', probe: program('mkfs.xfs'), packages: same('xfsprogs') },
  { name: 'mkfs.btrfs', feature: 'program-tests', reason: 'tests file systems in the guest', probe: program('mkfs.btrfs'), packages: same('btrfs-progs') },
  { name: 'mksquashfs', feature: 'program-tests', reason: 'tests file systems in the guest', probe: program('mksquashfs'), packages: same('squashfs-tools') },
  { name: 'ndctl', feature: 'program-tests', reason: 'tests persistent memory in the guest', probe: program('ndctl'), packages: same('ndctl') },
  { name: 'losetup', feature: 'program-tests', reason: 'tests loop devices in the guest', probe: program('losetup'), packages: { debian: 'mount', arch: 'util-linux', fedora: 'util-linux' } },
  { name: 'sqlite3', feature: 'program-tests', reason: 'tests shared mappings in the guest', probe: program('sqlite3'), packages: { debian: 'sqlite3', arch: 'sqlite', fedora: 'sqlite' } },
  { name: 'bpftool', feature: 'program-tests', reason: 'tests BPF in the guest', probe: program('bpftool'), packages: { debian: 'bpftool', arch: 'bpf', fedora: 'bpftool' } },
  { name: 'trace-cmd', feature: 'program-tests', reason: 'tests tracing in the guest', probe: program('trace-cmd'), packages: same('trace-cmd') },
  { name: 'fio', feature: 'program-tests', reason: 'tests disks in the guest', probe: program('fio'), packages: same('fio') },
  { name: 'perf', feature: 'program-tests', reason: 'tests tracing in the guest', probe: program('perf'), packages: { debian: 'linux-perf', arch: 'perf', fedora: 'perf' } },
  { name: 'podman', feature: 'program-tests', reason: 'tests containers in the guest', probe: program('podman'), packages: same('podman') },
  { name: 'busybox', feature: 'program-tests', reason: 'is in the image that these run', probe: program('busybox'), packages: same('busybox') },
  { name: 'wg', feature: 'program-tests', reason: 'tests WireGuard in the guest', probe: program('wg'), packages: same('wireguard-tools') },
  { name: 'ping', feature: 'network-tests', reason: "tests a NIC's connection", probe: program('ping'), packages: { debian: 'iputils-ping', arch: 'iputils', fedora: 'iputils' } },
  { name: 'clangd', feature: 'editor-tests', reason: "reads compile_commands.json in kloop's tests", probe: program('clangd'), packages: { debian: 'clangd', arch: 'clang', fedora: 'clang-tools-extra' } },
  { name: 'chromium', feature: 'browser-tests', reason: "shows a report to kloop's tests", probe: program('chromium', 'chromium-browser', 'google-chrome'), packages: same('chromium') },
  { name: 'iptables', feature: 'network-tests', reason: "tests with a firewall like Docker's", probe: program('iptables'), packages: same('iptables') },
];

const selftestTool = (name: string, packages: HostTool['packages']): HostTool => ({ name, feature: 'selftest-tools', reason: 'called by tests', probe: program(name), packages });
const selftestHeader = (name: string, path: string, packages: HostTool['packages']): HostTool => ({ name, feature: 'selftest-tools', reason: 'tests are compiled with it', probe: header(path), packages });

/**
 * What kselftest's collections call, and include, beside what every host has: by
 * the programs' names, and the headers' paths. packetdrill no distribution has.
 */
export const selftestTools: readonly HostTool[] = [
  selftestTool('ip', { debian: 'iproute2', arch: 'iproute2', fedora: 'iproute' }),
  selftestTool('ss', { debian: 'iproute2', arch: 'iproute2', fedora: 'iproute' }),
  selftestTool('tc', { debian: 'iproute2', arch: 'iproute2', fedora: 'iproute-tc' }),
  selftestTool('bridge', { debian: 'iproute2', arch: 'iproute2', fedora: 'iproute' }),
  selftestTool('nft', same('nftables')),
  selftestTool('iptables', same('iptables')),
  selftestTool('ip6tables', same('iptables')),
  selftestTool('ipset', same('ipset')),
  selftestTool('conntrack', { debian: 'conntrack', arch: 'conntrack-tools', fedora: 'conntrack-tools' }),
  selftestTool('iperf3', same('iperf3')),
  selftestTool('netperf', { debian: undefined, arch: 'netperf', fedora: 'netperf' }),
  selftestTool('ethtool', same('ethtool')),
  selftestTool('tcpdump', same('tcpdump')),
  selftestTool('ping', { debian: 'iputils-ping', arch: 'iputils', fedora: 'iputils' }),
  selftestTool('socat', same('socat')),
  selftestTool('jq', same('jq')),
  selftestTool('packetdrill', { debian: undefined, arch: undefined, fedora: undefined }),
  selftestTool('bpftool', { debian: 'bpftool', arch: 'bpf', fedora: 'bpftool' }),
  selftestTool('perf', { debian: 'linux-perf', arch: 'perf', fedora: 'perf' }),
  selftestTool('python3', { debian: 'python3', arch: 'python', fedora: 'python3' }),
  selftestTool('xxd', { debian: 'xxd', arch: 'tinyxxd', fedora: 'vim-common' }),
  selftestHeader('libcap headers', 'sys/capability.h', { debian: 'libcap-dev', arch: 'libcap', fedora: 'libcap-devel' }),
  selftestHeader('libcap-ng headers', 'cap-ng.h', { debian: 'libcap-ng-dev', arch: 'libcap-ng', fedora: 'libcap-ng-devel' }),
  selftestHeader('libmnl headers', 'libmnl/libmnl.h', { debian: 'libmnl-dev', arch: 'libmnl', fedora: 'libmnl-devel' }),
  selftestHeader('popt headers', 'popt.h', { debian: 'libpopt-dev', arch: 'popt', fedora: 'popt-devel' }),
  selftestHeader('libnuma headers', 'numa.h', { debian: 'libnuma-dev', arch: 'numactl', fedora: 'numactl-devel' }),
  selftestHeader('fuse headers', 'fuse.h', { debian: 'libfuse-dev', arch: 'fuse2', fedora: 'fuse-devel' }),
  selftestHeader('ALSA headers', 'alsa/asoundlib.h', { debian: 'libasound2-dev', arch: 'alsa-lib', fedora: 'alsa-lib-devel' }),
  selftestHeader('libelf headers', 'libelf.h', { debian: 'libelf-dev', arch: 'libelf', fedora: 'elfutils-libelf-devel' }),
];

/** A distribution, as os-release(5) names it. */
export interface Distribution {
  readonly id: string;
  /** As a person calls it: 'Debian GNU/Linux 12 (bookworm)'. */
  readonly name: string;
  readonly family: Family | undefined;
}

const familyOfId: Readonly<Record<string, Family>> = {
  debian: 'debian', ubuntu: 'debian',
  arch: 'arch', archarm: 'arch',
  fedora: 'fedora',
};

/**
 * The distribution that an os-release file describes. ID decides, then
 * ID_LIKE, nearest first.
 *
 * RHEL and its kin call themselves like Fedora, but have neither QEMU's name
 * nor the static C library in what is enabled by default: they count as
 * unknown rather than be given a command that fails.
 */
export function distributionOf(osRelease: string): Distribution {
  const field = (key: string) => {
    const raw = new RegExp(`^${key}=(.*)$`, 'm').exec(osRelease)?.[1]?.trim() ?? '';
    const inner = /^"(.*)"$|^'(.*)'$/.exec(raw);
    return (inner?.[1] ?? inner?.[2] ?? raw).replaceAll(/\\(.)/g, '$1');
  };
  const id = field('ID') || 'linux';
  const like = field('ID_LIKE').split(/\s+/).filter((word) => word !== '');
  const enterprise = [id, ...like].some((word) => word === 'rhel' || word === 'centos');
  const family = enterprise ? undefined : [id, ...like].map((word) => familyOfId[word]).find((known) => known !== undefined);
  return { id, name: field('PRETTY_NAME') || field('NAME') || id, family };
}

/** The part of the settings that decides which tools are needed. */
export interface FeatureSettings {
  readonly kernelSources: readonly string[];
  readonly vmNics: readonly string[];
  readonly kernelFragments: readonly string[];
  readonly kernelMakeArgs: readonly string[];
  readonly ccache: 'auto' | 'on' | 'off';
  readonly buildHosts?: readonly unknown[];
  readonly buildWith?: 'distcc' | 'icecc';
  readonly vmRunner?: 'kloop' | 'vido';
}

/**
 * The features that these settings ask for.
 *
 * @param env the caller's environment: make takes LLVM from there too
 */
export function featuresFor(settings: FeatureSettings, env: Readonly<Record<string, string | undefined>>): Set<Feature> {
  const features = new Set<Feature>(['vm']);
  if (settings.kernelSources.some((source) => /^https?:/i.test(source))) features.add('download');
  if (settings.vmNics.some((nic) => nic !== 'user')) features.add('bridge');
  if (settings.vmRunner === 'vido') features.add('vido');
  if (settings.kernelFragments.includes('btf')) features.add('btf');
  if (usesLlvm(withEnvironment(settings.kernelMakeArgs, env))) features.add('llvm');
  if (settings.ccache === 'on') features.add('ccache');
  if (settings.kernelMakeArgs.some((arg) => /\bdistcc\b/.test(arg))) features.add('distcc');
  if ((settings.buildHosts ?? []).length > 0) features.add(settings.buildWith ?? 'distcc');
  return features;
}

/** The tools of these features, in the table's order. */
export function toolsFor(features: ReadonlySet<Feature>): HostTool[] {
  return hostTools.filter((tool) => features.has(tool.feature));
}

/** The packages that bring these tools, each once, in the tools' order. */
export function packagesFor(tools: readonly HostTool[], family: Family): string[] {
  return [...new Set(tools.map((tool) => tool.packages[family]).filter((name) => name !== undefined))];
}

/** The command, for root, that installs packages; it asks nothing. */
export function installCommand(family: Family, packages: readonly string[]): string[] {
  switch (family) {
    // Without recommendations: QEMU's alone are a desktop's worth. For a lock
    // that another apt holds it waits (DPkg::Lock::Timeout, since apt 1.9.11).
    case 'debian': return ['apt-get', 'install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...packages];
    case 'arch': return ['pacman', '-S', '--needed', '--noconfirm', ...packages];
    case 'fedora': return ['dnf', 'install', '-y', '--setopt=install_weak_deps=False', ...packages];
  }
}

/** The command, for root, that fetches the lists of packages again. */
export function refreshCommand(family: Family): string[] {
  switch (family) {
    case 'debian': return ['apt-get', 'update', '-o', 'DPkg::Lock::Timeout=120'];
    case 'arch': return ['pacman', '-Sy', '--noconfirm'];
    case 'fedora': return ['dnf', 'makecache'];
  }
}

/** The command that a person types to do the same by hand. */
export function handCommand(family: Family, packages: readonly string[]): string[] {
  switch (family) {
    case 'debian': return ['apt-get', 'install', ...packages];
    case 'arch': return ['pacman', '-S', '--needed', ...packages];
    case 'fedora': return ['dnf', 'install', ...packages];
  }
}
