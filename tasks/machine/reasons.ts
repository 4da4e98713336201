import { asSet, whoHas, type Unsupported } from '../../config/features.ts';
import { shellQuote } from '../text/values.ts';
import { failuresOf } from '../report/failure.ts';
import type { Splat } from '../console/splat.ts';
import type { ConsoleVerdict } from '../console/verdict.ts';

interface Evidence {
  /** The console's last lines. */
  readonly tail: readonly string[];
  readonly log: string;
}

/** What can go wrong with a VM. */
type MachineReason =
  | { reason: 'kernel-image'; path: string; found: string; why: 'missing' | 'not-a-kernel' | 'other-architecture' | 'is-32-bit' | 'no-pvh'; bzImage?: string | undefined }
  | { reason: 'kernel-named'; name: string; why: string; installed: readonly string[] }
  | { reason: 'modules-missing'; image: string; release: string }
  | { reason: 'modules-lacking'; image: string; dir: string; lacking: readonly { readonly name: string; readonly why: string }[]; hasFuse: boolean }
  | { reason: 'modules-unlisted'; image: string; dir: string; said: readonly string[] }
  | { reason: 'module-packed'; file: string; program: string; said?: readonly string[] }
  | { reason: 'kvm-refused'; why: 'missing' | 'permission' | 'aborts' | 'hangs'; said: readonly string[] }
  /** `core`: why its memory is not kept, where it was to be. */
  | ({ reason: 'vm-lost'; verdict: ConsoleVerdict; qemu: string; splats: readonly Splat[]; core?: string | undefined } & Evidence)
  | { reason: 'no-core'; why: string }
  | ({ reason: 'vm-boot-hang'; afterMs: number; systemd: boolean; where: readonly string[] } & Evidence)
  | ({ reason: 'vm-wedged'; where: readonly string[]; core?: string | undefined } & Evidence)
  | ({ reason: 'vm-timeout'; afterMs: number } & Evidence)
  /** Asked for from outside; `by`: what said so. */
  | { reason: 'vm-stopped'; by: string }
  | ({ reason: 'module-hangs'; what: string; afterMs: number; splats: readonly Splat[] } & Evidence)
  | ({ reason: 'module-lost'; said: string; splats: readonly Splat[] } & Evidence)
  | { reason: 'qemu-failed'; qemu: string; status: string; said: readonly string[]; argv: readonly string[] }
  | ({ reason: 'guest-trouble'; code: number; text: string } & Evidence)
  | { reason: 'options-lacking'; lacks: readonly Unsupported[] }
  | { reason: 'systemd-missing'; looked: readonly string[] }
  | { reason: 'vm-request'; wrong: string; fix: readonly string[] };

function lostWords(verdict: ConsoleVerdict, qemu: string): string {
  switch (verdict.kind) {
    case 'panic': return `the VM was lost: its kernel panicked: ${verdict.line}`;
    case 'oops': return `the VM was lost: its kernel crashed: ${verdict.line}`;
    case 'reset': return `the VM ${/^(?:System halted|Power down)/.test(verdict.line) ? 'was switched off' : 'rebooted'} before the command finished: ${verdict.line}`;
    case 'silent': return qemu === 'SIGKILL' || qemu === 'SIGTERM'
      ? `the VM was lost: QEMU was killed from outside (${qemu}): by a person, or because memory ran out`
      : `the VM was lost: QEMU exited (${qemu}), and the console does not say why`;
  }
}

/** Why the guest's init could not go on: the codes of tasks/guest/guest.h; a test compares the two. */
export const Trouble = {
  no_9p: 1, root_mount: 2, overlay_mount: 4, rw_dir: 5, config: 6, nic: 7, watchdog: 8, disk: 9, other: 10, lease: 11, module: 12, systemd: 13,
} as const;

/** What a kernel lacks, where the guest's init could not go on: the option by its trouble code. */
const lacking: Readonly<Record<number, string>> = {
  [Trouble.no_9p]: 'CONFIG_9P_FS=y, CONFIG_NET_9P_VIRTIO=y and CONFIG_VIRTIO_MMIO=y (or _PCI) are needed',
  [Trouble.root_mount]: 'CONFIG_NET_9P_VIRTIO=y and CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y (on q35: CONFIG_VIRTIO_PCI=y) are needed',
  [Trouble.watchdog]: 'CONFIG_IB700_WDT=y is needed',
  [Trouble.disk]: 'CONFIG_VIRTIO_BLK=y is needed',
  [Trouble.module]: 'Its modules are probably from another build than the kernel.',
};

/** EKEYREJECTED and ENOKEY, as the guest's C library words them: it is not signed, by another key, or it is not what was signed. */
const isRefusedUnsigned = (text: string): boolean => /: (?:Key was rejected by service|Required key not available)$/.test(text);

const kvmFixes: Readonly<Record<'missing' | 'permission' | 'aborts' | 'hangs', readonly string[]>> = {
  missing: ['sudo modprobe kvm_intel || sudo modprobe kvm_amd'],
  permission: ['sudo usermod -aG kvm "$USER"   # and log in again'],
  aborts: ['VM_ACCEL=tcg npm run vm'],
  hangs: ['VM_ACCEL=tcg npm run vm'],
};

const kvmWords = {
  missing: 'there is no /dev/kvm',
  permission: 'you have no permission to open /dev/kvm',
  aborts: '/dev/kvm exists, but QEMU exits immediately when it uses it',
  hangs: '/dev/kvm exists, but a guest hangs when it uses it',
} as const;

/** What boots whatever the matter with another kernel is. */
const ownKernel = 'npm run vm   # the kernel that is built here, with the drivers of a VM built in';

export const machineFailure = failuresOf<MachineReason>({
  'kernel-image': (d) => {
    switch (d.why) {
      case 'missing': return { what: `there is no kernel ${d.path}`, fix: ['npm run kernel'] };
      case 'not-a-kernel': return { what: `${d.path} isn't a kernel: it is ${d.found}`, fix: [ownKernel] };
      case 'other-architecture': return { what: `${d.path} is ${d.found}; the VM is an x86-64 machine`, fix: [ownKernel] };
      case 'is-32-bit': return { what: `${d.path} is ${d.found}; the VM needs a 64-bit kernel`, fix: [ownKernel] };
      case 'no-pvh': return {
        what: `QEMU cannot start ${d.path}: it has no PVH entry`,
        why: ['CONFIG_PVH=y adds it to a vmlinux (5.0 and newer); a bzImage does not need it.'],
        fix: d.bzImage === undefined ? ['npm run kernel   # also builds a bzImage'] : [`npm run vm -- --kernel ${shellQuote(d.bzImage)}`],
      };
    }
  },
  'kernel-named': (d) => ({
    what: `--kernel ${d.name}: ${d.why}`,
    why: d.installed.length === 0 ? ['No kernel is installed here, in /boot or /lib/modules.'] : [`Installed: ${d.installed.join(', ')}`],
    fix: d.installed.length === 0 ? [] : [`npm run vm -- --kernel installed:${d.installed.at(-1) ?? ''}`],
  }),
  'modules-missing': (d) => ({
    what: `${d.image} needs its modules, and there is no /lib/modules/${d.release}`,
    why: ["A distribution's kernel has the drivers of a VM as modules. kloop looks in /lib/modules, and in lib/modules beside the image's directory."],
    fix: [ownKernel],
  }),
  'modules-lacking': (d) => ({
    what: `${d.image} cannot run in a VM: it has no ${d.lacking.map(({ name }) => name).join(', ')}`,
    why: [
      ...d.lacking.map(({ name, why }) => `${name} (${why}) is neither built in nor in ${d.dir}.`),
      ...(d.hasFuse && d.lacking.some(({ name }) => name === '9p') ? ['It has FUSE, by which it runs without --systemd and --run-as.'] : []),
    ],
    fix: [ownKernel],
  }),
  'modules-unlisted': (d) => ({
    said: d.said,
    what: `${d.dir} has no modules.dep, and depmod could not list its modules`,
    fix: [ownKernel],
  }),
  'module-packed': (d) => ({
    said: d.said ?? [],
    what: d.program === '' ? `${d.file} is packed in a way that kloop does not know` : d.said === undefined ? `unpacking ${d.file} needs the program '${d.program}', which is not on PATH` : `unpacking ${d.file} failed`,
    fix: [d.program === '' || d.said !== undefined ? ownKernel : 'npm run packages -- --install'],
  }),
  'kvm-refused': (d) => ({ said: d.said, what: `KVM cannot run a guest here: ${kvmWords[d.why]}`, fix: kvmFixes[d.why] }),
  'options-lacking': (d) => {
    const fragments = [...new Set(d.lacks.flatMap(({ feature }) => feature.fragment ?? []))];
    return {
      what: `this kernel lacks what ${d.lacks.map(({ option }) => option).join(', ')} ${d.lacks.length === 1 ? 'needs' : 'need'}`,
      why: d.lacks.map(({ option, feature, lacks }) => `${option} needs ${asSet(lacks)}; ${whoHas(feature)}.`),
      fix: fragments.length > 0 ? [`KERNEL_FRAGMENTS=${fragments.join(',')} npm run vm -- …`] : ['npm run config -- --menu'],
    };
  },
  'systemd-missing': (d) => ({
    what: '--systemd: this host has no systemd',
    why: [`There is neither ${d.looked.join(' nor ')}. The guest has the host's programs.`],
    fix: ['npm run packages -- --install systemd'],
  }),
  'no-core': (d) => ({ what: `its memory is not kept: ${d.why}` }),
  'vm-lost': (d) => ({ said: d.tail, what: lostWords(d.verdict, d.qemu), why: d.core === undefined ? [] : [d.core], log: d.log, exitStatus: 255 }),
  'vm-boot-hang': (d) => ({
    said: d.tail,
    what: d.systemd ? `the guest's systemd was not ready to run commands within ${d.afterMs / 1000} s` : `the kernel did not reach the guest's init within ${d.afterMs / 1000} s`,
    why: [...(d.tail.length === 0 ? ['The console is empty.'] : []), ...d.where],
    log: d.log,
    exitStatus: 255,
    fix: ['npm run vm -- --dmesg   # shows the console live', 'VM_BOOT_TIMEOUT=5m npm run vm'],
  }),
  'vm-wedged': (d) => ({ said: d.tail, what: 'the VM was lost: the kernel hung (watchdog fired)', why: [...d.where, ...(d.core === undefined ? [] : [d.core])], log: d.log, exitStatus: 255 }),
  'vm-timeout': (d) => ({ said: d.tail, what: `the command ran longer than ${d.afterMs / 1000} s; the VM was stopped`, log: d.log, exitStatus: 124 }),
  'vm-stopped': (d) => ({ what: `the VM was stopped by ${d.by}`, exitStatus: 255 }),
  'module-hangs': (d) => ({ said: d.tail, what: `exchanging modules in the VM took longer than ${d.afterMs / 1000} s: ${d.what}`, log: d.log, exitStatus: 255 }),
  'module-lost': (d) => ({ said: d.tail, what: `the VM is without a module now: ${d.said}`, log: d.log, exitStatus: 255 }),
  'qemu-failed': (d) => ({
    said: d.said,
    what: `QEMU could not start the VM (${d.status})`,
    why: [`The command: ${d.argv.map(shellQuote).join(' ')}`],
  }),
  'guest-trouble': (d) => ({
    said: d.tail,
    what: `the guest cannot continue: ${d.text}`,
    why: [
      ...(isRefusedUnsigned(d.text) ? ['The kernel takes signed modules alone (CONFIG_MODULE_SIG_FORCE=y), and this one is not signed by a key that it knows.'] : []),
      ...(lacking[d.code] === undefined ? [] : [lacking[d.code] ?? '']),
    ],
    log: d.log,
    fix: [
      ...(isRefusedUnsigned(d.text) ? ['npm run config -- --set CONFIG_MODULE_SIG_ALL=y   # kloop signs the modules of a kernel that is built here'] : []),
      ...(d.code === Trouble.module ? ['ls -l /lib/modules   # an image and its modules come from one package: install that again', ownKernel] : []),
    ],
  }),
  'vm-request': (d) => ({ what: d.wrong, fix: d.fix }),
});
