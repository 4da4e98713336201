/** Packs the modules that a VM needs at first into an archive of its own, and keeps it until they change. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileFailure, makeDirectories, writeWhole } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { builtInFiles, type FilesBy, type FilesChoice } from '../files-by.ts';
import { machineFailure } from '../reasons.ts';
import { packInitramfs } from '../qemu/initramfs.ts';
import { loadOrder, moduleName, type ModuleLists } from './dependencies.ts';
import { filesModules, neededModules, type ModuleVm } from './needs.ts';

export interface PackedModules {
  /** A cpio archive; the kernel takes several, one after the other. */
  readonly archive: Buffer;
  /** Paths in it, in the order in which they are loaded. */
  readonly paths: readonly string[];
  /** Directories that are, one over the other, the guest's /lib/modules/RELEASE; empty where it has the right one. */
  readonly layers: readonly string[];
  readonly files: FilesChoice;
}

export interface PackRequest {
  readonly image: string;
  readonly release: string;
  /** The directory of the kernel's modules. */
  readonly dir: string;
  /** The configuration that it was built with, where that is known: it has been checked, and says what is built in. */
  readonly config: string | undefined;
  readonly vm: ModuleVm;
  /** By what the guest has the host's files, from what this kernel has. */
  readonly filesBy: (has: (by: FilesBy) => boolean) => FilesChoice;
  readonly stateDir: string;
  readonly processes: Pick<Processes, 'run' | 'has'>;
}

/** What unpacks a compressed module to its standard output. (Node itself knows zstd from 22.15 on.) */
const unpackers: Readonly<Record<string, readonly string[]>> = { '.gz': ['gzip', '-dc'], '.xz': ['xz', '-dc'], '.zst': ['zstd', '-dcq'] };

export async function packModules(request: PackRequest): Promise<Result<PackedModules>> {
  const { dir, release, stateDir, image } = request;
  const place = join(stateDir, 'modules', createHash('sha256').update(dir).digest('hex').slice(0, 12));
  const lists = await listsOf(request, place);
  if (isFailure(lists)) return lists;
  const builtIn = builtInFiles(request.config);
  const has = (by: FilesBy) => builtIn.has(by) === true || loadOrder(filesModules[by], lists).absent.length === 0;
  const files = request.filesBy(has);
  const needed = neededModules(request.vm, [files.by, files.shares ?? files.by]);
  const { load, absent } = loadOrder(needed.map(({ name }) => name), lists);
  const lacking = request.config === undefined ? needed.filter(({ name, essential }) => essential && absent.includes(name)) : [];
  if (lacking.length > 0) return machineFailure({ reason: 'modules-lacking', image, dir, lacking, hasFuse: has('fuse') });
  const paths = load.map((path) => `modules/${moduleName(path)}.ko`);
  const layers = dir === join('/lib/modules', release) ? [] : [...(lists.generated === undefined ? [] : [lists.generated]), dir];
  if (load.length === 0) return { archive: Buffer.alloc(0), paths, layers, files };
  const archive = await archiveOf(load.map((path) => join(dir, path)), paths, place, request.processes);
  return isFailure(archive) ? archive : { archive, paths, layers, files };
}

/** depmod's lists; where a package was unpacked and depmod has not run, from a directory of ours. */
async function listsOf({ dir, release, image, processes }: PackRequest, place: string): Promise<Result<ModuleLists & { readonly generated: string | undefined }>> {
  const generated = join(place, 'lists', 'lib', 'modules', release);
  const own = existsSync(join(dir, 'modules.dep'));
  try {
    if (!own && !isNewer(join(generated, 'modules.dep'), dir)) {
      const listed = await runDepmod({ dir, release, image, processes }, join(place, 'lists'), generated);
      if (isFailure(listed)) return listed;
    }
    const from = own ? dir : generated;
    const builtin = [join(dir, 'modules.builtin'), join(from, 'modules.builtin')].find((path) => existsSync(path));
    return { dep: readFileSync(join(from, 'modules.dep'), 'utf8'), builtin: builtin === undefined ? '' : readFileSync(builtin, 'utf8'), generated: own ? undefined : generated };
  } catch (error) {
    return fileFailure("reading a kernel's modules", dir, error);
  }
}

/**
 * depmod writes beside the modules, which are not ours: so it gets a directory
 * of ours, whose names lead there while it runs. (--outdir is newer than kmod 30)
 */
async function runDepmod({ dir, release, image, processes }: Pick<PackRequest, 'dir' | 'release' | 'image' | 'processes'>, base: string, generated: string): Promise<Result<void>> {
  rmSync(base, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  const names = readdirSync(dir).filter((name) => !/^modules\.(?!order$|builtin$|builtin\.modinfo$)/.test(name));
  for (const name of names) symlinkSync(join(dir, name), join(generated, name));
  const ran = await processes.run({ argv: ['depmod', '--basedir', base, release] });
  for (const name of names) rmSync(join(generated, name));
  if (isFailure(ran)) return ran;
  if (ran.status === 0) return undefined;
  rmSync(base, { recursive: true });
  return machineFailure({ reason: 'modules-unlisted', image, dir, said: ran.tail });
}

function isNewer(made: string, dir: string): boolean {
  const stat = statSync(made, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs >= statSync(dir).mtimeMs && stat.mtimeMs >= statSync(join(dir, 'kernel')).mtimeMs;
}

/** How many archives are kept of one kernel: with and without NICs, disks, a watchdog. */
const keptArchives = 8;

async function archiveOf(files: readonly string[], paths: readonly string[], place: string, processes: PackRequest['processes']): Promise<Result<Buffer>> {
  try {
    const key = createHash('sha256');
    for (const file of files) {
      const { size, mtimeMs } = statSync(file);
      key.update(`${file} ${size} ${mtimeMs}\n`);
    }
    const kept = join(place, `${key.digest('hex').slice(0, 16)}.cpio`);
    if (existsSync(kept)) return readFileSync(kept);
    makeDirectories(place);
    const contents: Buffer[] = [];
    for (const file of files) {
      const content = await contentOf(file, join(place, `unpacked-${process.pid}`), processes);
      if (isFailure(content)) return content;
      contents.push(content);
    }
    const archive = packInitramfs([
      { path: 'modules', kind: 'dir' },
      ...contents.map((data, i) => ({ path: paths[i] ?? '', kind: 'file' as const, data })),
    ]);
    const old = readdirSync(place).filter((name) => name.endsWith('.cpio'));
    if (old.length >= keptArchives) for (const name of old) rmSync(join(place, name), { force: true });
    return writeWhole(kept, archive) ?? archive;
  } catch (error) {
    return fileFailure("reading a kernel's modules", dirname(files[0] ?? ''), error);
  }
}

/** @param scratch a file that is written and removed: a module isn't text, and pipes here carry text */
async function contentOf(file: string, scratch: string, processes: PackRequest['processes']): Promise<Result<Buffer>> {
  const ending = /\.ko(\.\w+)?$/.exec(file)?.[1];
  if (ending === undefined) return readFileSync(file);
  const unpacker = unpackers[ending];
  const [program = ''] = unpacker ?? [];
  if (unpacker === undefined || !processes.has(program)) return machineFailure({ reason: 'module-packed', file, program });
  const ran = await processes.run({ argv: ['sh', '-c', '"$@" > "$0"', scratch, ...unpacker, file] });
  if (isFailure(ran)) return ran;
  if (ran.status !== 0) return machineFailure({ reason: 'module-packed', file, program, said: ran.tail });
  const content = readFileSync(scratch);
  rmSync(scratch);
  return content;
}
