/** From a request to a VM's description: asks the host what it must know, once. */
import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, fileFailure, textOf } from '../../host/files.ts';
import { symbolsPath } from '../qemu/symbols.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { chooseAccelerator } from '../qemu/accelerator.ts';
import type { Disk, GuestConfig, Share, VmDescription } from '../description.ts';
import { guestEnvironment } from '../guest/environment.ts';
import { userAddresses, userDns } from '../guest/config.ts';
import { classifyImage } from '../qemu/image.ts';
import { modulesOf } from '../modules/find.ts';
import { packModules } from '../modules/pack.ts';
import { Processes } from '../../host/processes/process.ts';
import type { VmContext, VmRequest } from '../request.ts';
import { tscKhz } from '../qemu/tsc.ts';
import { machineFailure } from '../reasons.ts';
import type { KernelImage, GuestCommand } from '../description.ts';

/** The parts of a description that do not depend on how this run is connected to it. */
export type PreparedVm = Omit<VmDescription, 'initramfs' | 'console' | 'control' | 'monitor' | 'gdbPort'>;

export interface Prepared {
  readonly machine: PreparedVm;
  readonly guest: Omit<GuestConfig, 'standalone' | 'command'>;
  /** The modules that the kernel needs before its root is there: an archive of its own. */
  readonly modulesArchive: Buffer | undefined;
  /** What a person might want to know of the choices made. */
  readonly notes: readonly string[];
}

/** microvm has so many slots for virtio devices (QEMU 7.2, without a second IO-APIC). */
const microvmSlots = 8;

export async function prepare(request: VmRequest, context: Pick<VmContext, 'stateDir'>): Promise<Result<Prepared>> {
  const wrong = contradiction(request);
  if (wrong !== undefined) return machineFailure({ reason: 'vm-request', ...wrong });
  const image = readImage(request.kernel);
  if (isFailure(image)) return image;
  const shares = sharesOf(request.rwDirs);
  if (isFailure(shares)) return shares;
  const disks = disksOf(request.disks);
  if (isFailure(disks)) return disks;
  const chosen = await chooseAccelerator(request.accel, { qemu: request.qemu, stateDir: context.stateDir });
  if (isFailure(chosen)) return chosen;
  const devices = 2 + shares.length + disks.length + request.nics.length;
  const modular = modularRelease(request.kernel, image);
  if (isFailure(modular)) return modular;
  // A distribution's kernel finds no devices on a microvm: it would take VIRTIO_MMIO_CMDLINE_DEVICES.
  const machine = request.machine === 'auto' ? (devices > microvmSlots || modular !== undefined ? 'q35' : 'microvm') : request.machine;
  if (machine === 'microvm' && devices > microvmSlots) {
    return machineFailure({ reason: 'vm-request', wrong: `a microvm has room for ${microvmSlots} devices, and this VM has ${devices}`, fix: ['VM_MACHINE=q35 npm run vm'] });
  }
  const watchdogSeconds = request.watchdog ? 10 : undefined;
  const modules = modular === undefined ? undefined : await packModules({
    image: request.kernel, ...modular, vm: { machine, nics: request.nics, disks, watchdogSeconds }, stateDir: context.stateDir, processes: new Processes(),
  });
  if (isFailure(modules)) return modules;
  return {
    machine: {
      name: request.name, qemu: request.qemu, accel: chosen.accel, tscKhz: chosen.accel === 'tcg' ? await tscKhz(context.stateDir) : undefined, machine,
      memoryBytes: request.memoryBytes,
      cpus: request.cpus > 0 ? request.cpus : chosen.accel === 'kvm' ? availableParallelism() : 1,
      kernel: { path: request.kernel, image, options: request.kernelOptions },
      root: '/', shares, disks, nics: request.nics, watchdogSeconds, verbose: request.verbose, survivesOops: request.survivesOops,
    },
    guest: {
      hostname: request.name, modules: modules?.paths ?? [], moduleLayers: modules?.layers ?? [], shares, disks,
      clearDirs: request.clearDirs, clearFiles: request.clearFiles,
      visible: visibleDirectories(request), allowSudo: request.allowSudo,
      addresses: userAddresses(request.nics), dns: userDns(request.nics), leases: request.leases, watchdogSeconds,
    },
    modulesArchive: modules?.archive,
    notes: chosen.note === undefined ? [] : [chosen.note],
  };
}

/**
 * The release and the modules' directory of a distribution's kernel;
 * `undefined` for one that Kbuild left in its tree, and for one without
 * modules anywhere: its drivers are built in.
 *
 * @returns or `modules-missing`, where the configuration beside the image says that it needs them
 */
function modularRelease(path: string, image: KernelImage): Result<{ release: string; dir: string } | undefined> {
  if (image.kind !== 'bzImage' || image.release === undefined || symbolsPath(path) !== path) return undefined;
  const { release } = image;
  const dir = modulesOf(path, release);
  if (dir !== undefined) return { release, dir };
  const config = textOf(join(dirname(path), `config-${release}`)) ?? '';
  return /^CONFIG_(?:VIRTIO_PCI|9P_FS|OVERLAY_FS)=m$/m.test(config) ? machineFailure({ reason: 'modules-missing', image: path, release }) : undefined;
}

/** What cannot be meant, refused before anything is started. */
export function contradiction(request: VmRequest): { wrong: string; fix: string[] } | undefined {
  for (const option of request.kernelOptions) {
    if (/\s/.test(option) && !/^[^\s"]+="[^"]*"$/.test(option)) {
      return { wrong: `the kernel's command line cannot hold '${option}': it splits at spaces`, fix: [`--kopts 'name="a value"'`] };
    }
  }
  for (const dir of request.rwDirs) {
    if (request.clearDirs.includes(dir)) return { wrong: `${dir} cannot be both writable (--rw-dirs) and empty (--clear-dirs)`, fix: [] };
  }
  if (request.disks.length > 26) return { wrong: `a VM can have at most 26 disks, not ${request.disks.length}`, fix: [] };
  if (request.runAs !== undefined && process.getuid?.() !== 0) return { wrong: '--run-as needs root', fix: ['sudo npm run vm -- --run-as "$USER"'] };
  return undefined;
}

/** The kernel image, classified. */
export function readImage(path: string): Result<KernelImage> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
    if (statSync(path).isDirectory()) return machineFailure({ reason: 'kernel-image', path, why: 'not-a-kernel', found: 'a directory' });
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? machineFailure({ reason: 'kernel-image', path, why: 'missing', found: '' }) : fileFailure('reading the kernel', path, error);
  }
  const image = classifyImage((offset, size) => {
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(fd, bytes, 0, size, offset));
  });
  closeSync(fd);
  if ('wrong' in image) return machineFailure({ reason: 'kernel-image', path, why: image.wrong, found: image.found });
  if (image.kind === 'vmlinux' && !image.pvh) return machineFailure({ reason: 'kernel-image', path, why: 'no-pvh', found: '', bzImage: bzImageOf(path) });
  return image;
}

/** The bzImage that was made from this very vmlinux, as Kbuild has it; `undefined` where there is none. */
function bzImageOf(vmlinux: string): string | undefined {
  const path = join(dirname(vmlinux), 'arch/x86/boot/bzImage');
  const made = statSync(path, { throwIfNoEntry: false });
  return made !== undefined && made.mtimeMs >= statSync(vmlinux).mtimeMs ? path : undefined;
}

function sharesOf(dirs: readonly string[]): Result<Share[]> {
  const shares: Share[] = [];
  for (const dir of dirs) {
    try {
      const path = realpathSync(dir);
      if (!statSync(path).isDirectory()) return machineFailure({ reason: 'vm-request', wrong: `--rw-dirs: ${dir} isn't a directory`, fix: [] });
      shares.push({ tag: `rw${shares.length}`, path });
    } catch (error) {
      return fileFailure('sharing a directory', dir, error);
    }
  }
  return shares;
}

function disksOf(paths: readonly string[]): Result<Disk[]> {
  const disks: Disk[] = [];
  for (const path of paths) {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
      const fd = openSync(path, 'r');
      const head = Buffer.alloc(4);
      readSync(fd, head, 0, 4, 0);
      closeSync(fd);
      disks.push({ serial: `kloop${disks.length}`, path, format: head.toString('latin1') === 'QFI\xfb' ? 'qcow2' : 'raw' });
    } catch (error) {
      return fileFailure('opening a disk', path, error);
    }
  }
  return disks;
}

/** The working directory, and the command's own directory, where the guest's fresh /tmp or /run would hide them. */
function visibleDirectories(request: VmRequest): string[] {
  const hidden = /^\/(tmp|run|dev\/shm)\/./;
  const found = new Set<string>();
  const cwd = request.cwd.toString();
  if (hidden.test(cwd)) found.add(cwd);
  const program = request.command?.[0]?.toString() ?? '';
  const dir = program.slice(0, program.lastIndexOf('/'));
  if (hidden.test(dir)) found.add(dir);
  return [...found];
}

/** The command as the guest gets it. */
export function guestCommand(request: VmRequest, context: Pick<VmContext, 'env' | 'stdin' | 'stdout' | 'stderr'>): GuestCommand {
  const { stdin, stdout, stderr, env } = context;
  const shell = env['SHELL'] ?? '/bin/sh';
  return {
    argv: request.command ?? [shell],
    cwd: request.cwd,
    env: guestEnvironment(env, request.passEnv, request.cwd.toString()),
    ...(stdin.isTTY && stdout.isTTY ? { terminal: { rows: stdout.rows, columns: stdout.columns, errApart: !stderr.isTTY, shell: request.command === undefined } } : {}),
  };
}
