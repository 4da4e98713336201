/** From a request to a VM's description: asks the host what it must know, once. */
import { accessSync, closeSync, constants, existsSync, lstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { systemdPaths } from '../../../config/packages.ts';
import { codeOf, fileFailure, readAt, textOf } from '../../host/files.ts';
import { symbolsPath } from '../qemu/symbols.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { chooseAccelerator } from '../qemu/accelerator.ts';
import type { Disk, GuestConfig, Share, VmDescription } from '../description.ts';
import { userAddresses, userDns } from '../guest/config.ts';
import { classifyImage } from '../qemu/image.ts';
import { modulesOf } from '../modules/find.ts';
import { packModules } from '../modules/pack.ts';
import { Processes } from '../../host/processes/process.ts';
import { builtInFiles, filesBy } from '../files-by.ts';
import { namedPaths, type Look } from '../guest/named-paths.ts';
import { unsupported, wantsPci } from '../qemu/hardware.ts';
import type { DiskRequest, VmContext, VmRequest } from '../request.ts';
import { tscKhz } from '../qemu/tsc.ts';
import { machineFailure } from '../reasons.ts';
import type { KernelImage } from '../description.ts';

/** The parts of a description that do not depend on how this run is connected to it. */
type PreparedVm = Omit<VmDescription, 'initramfs' | 'console' | 'control' | 'monitor' | 'gdbPort' | 'gdbRuns'>;

export interface Prepared {
  readonly machine: PreparedVm;
  readonly guest: Omit<GuestConfig, 'standalone' | 'command'>;
  /** The text of the configuration that the kernel was built with, where it is known. */
  readonly config: string | undefined;
  /** The modules that the kernel needs before its root is there: an archive of its own. */
  readonly modulesArchive: Buffer | undefined;
  /** How many of the host's directories are watched at most; `undefined`: a share of what the user may have. */
  readonly filesWatches: number | undefined;
  readonly reached: VmRequest['reached'];
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
  const config = configOf(request.kernel, image);
  const lacks = unsupported(request, config);
  if (lacks.length > 0) return machineFailure({ reason: 'options-lacking', lacks });
  const systemd = systemdPaths.find((path) => existsSync(path));
  if (request.systemd && systemd === undefined) return machineFailure({ reason: 'systemd-missing', looked: systemdPaths });
  const disks = disksOf(request, join(context.stateDir, 'vm', request.name));
  if (isFailure(disks)) return disks;
  const chosen = await chooseAccelerator(request.accel, { qemu: request.qemu, stateDir: context.stateDir });
  if (isFailure(chosen)) return chosen;
  const devices = 2 + shares.length + disks.filter(({ bus }) => bus === 'virtio').length + request.nics.length;
  const pci = wantsPci(request);
  const modular = request.modules ?? modularRelease(request.kernel, image);
  if (isFailure(modular)) return modular;
  // A distribution's kernel finds no devices on a microvm: it would take VIRTIO_MMIO_CMDLINE_DEVICES. Of one that is built here the request tells.
  const distributions = modular !== undefined && request.modules === undefined;
  const machine = request.machine === 'auto' ? (devices > microvmSlots || pci.length > 0 || distributions ? 'q35' : 'microvm') : request.machine;
  if (machine === 'microvm' && pci.length > 0) {
    return machineFailure({ reason: 'vm-request', wrong: `a microvm has no room for ${pci.join(', ')}: it has no PCI`, fix: ['VM_MACHINE=q35 npm run vm'] });
  }
  if (machine === 'microvm' && devices > microvmSlots) {
    return machineFailure({ reason: 'vm-request', wrong: `a microvm has room for ${microvmSlots} devices, and this VM has ${devices}`, fix: ['VM_MACHINE=q35 npm run vm'] });
  }
  const watchdogSeconds = request.watchdog ? 10 : undefined;
  const modules = modular === undefined ? undefined : await packModules({
    image: request.kernel, ...modular, config: distributions ? undefined : config, vm: { machine, nics: request.nics, disks, watchdogSeconds, pmemBytes: request.pmemBytes }, filesBy: (has) => filesBy(request, { release: modular.release, has }), stateDir: context.stateDir, processes: new Processes(),
  });
  if (isFailure(modules)) return modules;
  const files = modules?.files ?? filesBy(request, builtInFiles(config));
  const named = namedPaths({ cwd: request.cwd.toString(), commands: [(request.command ?? []).map(String), ...request.alsoRun] }, look);
  return {
    machine: {
      name: request.name, qemu: request.qemu, accel: chosen.accel, tscKhz: chosen.accel === 'tcg' ? await tscKhz(context.stateDir) : undefined, machine,
      memoryBytes: request.memoryBytes,
      // A node without a processor is rarely what is meant.
      cpus: request.cpus > 0 ? request.cpus : Math.max(request.numaNodes, chosen.accel === 'kvm' ? availableParallelism() : 1),
      kernel: { path: request.kernel, image, options: request.kernelOptions },
      root: '/', shares, disks, nics: request.nics, watchdogSeconds, verbose: request.verbose, coreBytes: request.coreBytes, survivesOops: request.survivesOops,
      pmemBytes: request.pmemBytes, numaNodes: request.numaNodes, forwards: request.forwards, capture: request.capture, qemuArgs: request.qemuArgs,
    },
    guest: {
      hostname: request.name, modules: modules?.paths ?? [], moduleLayers: modules?.layers ?? [], shares, disks,
      clearDirs: request.clearDirs, clearFiles: request.clearFiles,
      visible: named.visible, allowSudo: request.allowSudo, openFiles: openFilesLimit(textOf('/proc/self/limits') ?? ''),
      files: files.by === 'fuse', sharesByFuse: files.shares === 'fuse', addresses: userAddresses(request.nics), dns: userDns(request.nics), leases: request.leases, paths: request.paths, watchdogSeconds, systemd: request.systemd ? systemd : undefined,
    },
    config,
    modulesArchive: modules?.archive,
    filesWatches: request.filesWatches,
    reached: request.reached,
    notes: [...(chosen.note === undefined ? [] : [chosen.note]), ...(files.note === undefined ? [] : [files.note]), ...named.notes],
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
  const { disks, forwards, nics } = request;
  if (disks.length > 26) return { wrong: `a VM can have at most 26 disks, not ${disks.length}`, fix: [] };
  if (forwards.length > 0 && !nics.some(({ kind }) => kind === 'user')) return { wrong: "ports are forwarded by QEMU's own network (--net), and the VM has no NIC on it", fix: [] };
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
  const image = classifyImage((offset, size) => readAt(fd, offset, size));
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

/** @param dir where one that is made for this run would have its name, if it needs one */
function disksOf(request: Pick<VmRequest, 'disks' | 'nvme'>, dir: string): Result<Disk[]> {
  const disks: Disk[] = [];
  const asked = (bus: Disk['bus'], wanted: readonly DiskRequest[]) => wanted.map((disk) => ({ bus, disk }));
  for (const { bus, disk } of [...asked('virtio', request.disks), ...asked('nvme', request.nvme)]) {
    const serial = `kloop${disks.length}`;
    if (typeof disk === 'number') {
      disks.push({ bus, serial, path: join(dir, `dry-run-disk${disks.length}`), format: 'raw', madeBytes: disk });
      continue;
    }
    const path = disk;
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
      const fd = openSync(path, 'r');
      const head = readAt(fd, 0, 4);
      closeSync(fd);
      disks.push({ bus, serial, path, format: head.toString('latin1') === 'QFI\xfb' ? 'qcow2' : 'raw' });
    } catch (error) {
      return fileFailure('opening a disk', path, error);
    }
  }
  return disks;
}

const look: Look = (path) => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'missing';
  if (realpathSync(dirname(path)) !== dirname(path) || stat.isSymbolicLink()) return 'elsewhere';
  return stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : 'other';
};

/** The same for an image that is only named. */
export function configOfKernel(path: string): string | undefined {
  const image = readImage(path);
  return isFailure(image) ? undefined : configOf(path, image);
}

/** The text of the configuration that a kernel was built with, where it is known: in its tree, or beside an installed image. */
function configOf(path: string, image: KernelImage): string | undefined {
  const vmlinux = symbolsPath(path);
  if (image.kind === 'vmlinux' || vmlinux !== path) return textOf(join(dirname(vmlinux), '.config'));
  return image.release === undefined ? undefined : textOf(join(dirname(path), `config-${image.release}`));
}

/** The kernel's own limit (fs.nr_open's default), above which none can be set. */
const mostOpenFiles = 1 << 20;

/** How many files a process may open at most, from /proc/PID/limits. (Its soft limit tells nothing: node raises its own.) */
export function openFilesLimit(limits: string): number | undefined {
  const hard = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return hard === undefined ? undefined : hard === 'unlimited' ? mostOpenFiles : Math.min(Number(hard), mostOpenFiles);
}
