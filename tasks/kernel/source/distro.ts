/** The distribution's own package of the kernel's source, obtained without root. */
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { distributionOf } from '../../../config/packages.ts';
import type { Work } from '../../graph/target.ts';
import { readText } from '../../host/files.ts';
import { asRoot, shown } from '../../host/processes/privilege.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { archiveStem } from './entry.ts';
import { unpackInto, unpackTree } from './archive.ts';
import { fill, makeTree } from './partial.ts';
import { kernelFailure } from '../reasons.ts';

/** What is available: an archive that is installed, or a package to fetch. */
type DistroSource =
  | { readonly how: 'installed'; readonly directory: string; readonly archive: string }
  | { readonly how: 'apt'; readonly directory: string; readonly package: string }
  | { readonly how: 'dnf'; readonly directory: string };

/** Why it is unavailable, and what fixes that. */
interface Unavailable {
  readonly why: string;
  readonly fix?: readonly string[];
}

/** Newest first: '6.12' before '6.1', '6.8.0' before '6.8'. */
export function newestFirst(versions: readonly string[]): string[] {
  const parts = (version: string) => version.split('.').map(Number);
  return [...versions].sort((a, b) => {
    const [pa, pb] = [parts(a), parts(b)];
    for (let i = 0; i < Math.max(pa.length, pb.length); i++) {
      const difference = (pb[i] ?? -1) - (pa[i] ?? -1);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** The versions in `apt-cache search`'s lines: 'linux-source-6.1 - Linux kernel source for …'. */
export function aptVersions(output: string): string[] {
  return [...output.matchAll(/^linux-source-(\d[\d.]*) - /gm)].map((match) => match[1] ?? '');
}

export interface DistroRequest {
  readonly wanted: string | undefined;
  readonly processes: Processes;
  readonly signal: AbortSignal;
  /** Where installed source archives lie, and which distribution this is. A test gives its own. */
  readonly host?: { readonly srcDir: string; readonly osRelease: string };
}

const thisHost = { srcDir: '/usr/src', osRelease: '/etc/os-release' };

/** Finds the newest source package, or the wanted version. Nothing is fetched yet. */
export async function findDistroSource(request: DistroRequest): Promise<Result<DistroSource | Unavailable>> {
  const host = request.host ?? thisHost;
  const osRelease = readText(host.osRelease);
  if (isFailure(osRelease)) return osRelease;
  switch (distributionOf(osRelease ?? '').family) {
    case 'debian': return debianSource(request, host.srcDir);
    // By dnf's manual; not tried on a Fedora.
    case 'fedora': return request.wanted === undefined ? { how: 'dnf', directory: 'linux-source-fedora' } : { why: 'on Fedora, only distro: without a version is supported' };
    case 'arch': return { why: 'Arch has no package of the kernel source; name a git+https: source or a tarball' };
    case undefined: return { why: 'kloop does not know this distribution; name a git+https: source or a tarball' };
  }
}

async function debianSource(request: DistroRequest, srcDir: string): Promise<Result<DistroSource | Unavailable>> {
  const matches = (version: string) => request.wanted === undefined || version === request.wanted;
  const installed = new Map(installedArchives(srcDir).filter(([version]) => matches(version)));
  const searched = await request.processes.run({
    argv: ['apt-cache', 'search', '--names-only', '^linux-source-[0-9.]+$'], env: { LC_ALL: 'C' }, signal: request.signal,
  });
  if (isFailure(searched)) return searched;
  const offered = aptVersions(searched.stdout);
  const newest = newestFirst([...offered.filter(matches), ...installed.keys()])[0];
  if (newest === undefined) {
    const what = request.wanted === undefined ? 'no linux-source package' : `no linux-source-${request.wanted}`;
    return offered.length > 0
      ? { why: `${what}; apt offers ${newestFirst(offered).join(', ')}` }
      : { why: `apt has ${what}: its package lists may never have been fetched`, fix: [shown(asRoot(['apt-get', 'update'], { uid: process.getuid?.() ?? 0 }))] };
  }
  const directory = `linux-source-${newest}`;
  const archive = installed.get(newest);
  return archive === undefined ? { how: 'apt', directory, package: directory } : { how: 'installed', directory, archive };
}

/** Version and path of each linux-source archive in a directory. */
function installedArchives(srcDir: string): [string, string][] {
  let names: string[];
  try {
    names = readdirSync(srcDir);
  } catch {
    return [];
  }
  return names.flatMap((name): [string, string][] => {
    const version = /^linux-source-(\d[\d.]*)$/.exec(archiveStem(name) ?? '')?.[1];
    return version === undefined ? [] : [[version, join(srcDir, name)]];
  });
}

/** Fetches where need be, and unpacks to `tree`. */
export async function distroTree(source: DistroSource, tree: string, processes: Processes, work: Work): Promise<Result<void>> {
  switch (source.how) {
    case 'installed':
      return unpackTree(source.archive, tree, processes, work);
    case 'apt':
      return makeTree(tree, async (partial) => {
        const fetched = await fetchDeb(source.package, partial, processes, work);
        return isFailure(fetched) ? fetched : unpackInto(fetched, partial, processes, work);
      });
    case 'dnf':
      return makeTree(tree, async (partial) => {
        const fetched = await fetchSourceRpm(partial, processes, work);
        return isFailure(fetched) ? fetched : unpackInto(fetched, partial, processes, work);
      });
  }
}

async function fetchDeb(name: string, partial: string, processes: Processes, work: Work): Promise<Result<string>> {
  const directory = join(partial, 'package');
  mkdirSync(directory);
  work.progress({ what: `downloading ${name}` });
  const step = (argv: string[]) => fill(processes, `downloading ${name}`, partial, { argv, cwd: directory, signal: work.signal, log: work.log });
  // `download` needs no root. Its sandbox user cannot write in the user's directories, hence APT::Sandbox::User.
  const downloaded = await step(['apt-get', '-o', 'APT::Sandbox::User=', '-o', 'Acquire::Retries=2', 'download', name]);
  if (isFailure(downloaded)) return downloaded;
  const deb = readdirSync(directory).find((file) => file.endsWith('.deb'));
  if (deb === undefined) return kernelFailure({ reason: 'not-a-kernel-tree', path: directory, why: `apt-get did not download a package of ${name}` });
  const unpacked = await step(['dpkg-deb', '--extract', deb, 'root']);
  if (isFailure(unpacked)) return unpacked;
  return archiveBelow(join(directory, 'root'), name);
}

/** Fedora, by the manuals of dnf-download and rpm2cpio; not tried. Fedora's own patches are not applied. */
async function fetchSourceRpm(partial: string, processes: Processes, work: Work): Promise<Result<string>> {
  const directory = join(partial, 'package');
  mkdirSync(directory);
  work.progress({ what: 'downloading the source package kernel' });
  const step = (argv: string[]) => fill(processes, 'downloading the source package kernel', partial, { argv, cwd: directory, signal: work.signal, log: work.log });
  const downloaded = await step(['dnf', 'download', '--source', 'kernel']);
  if (isFailure(downloaded)) return downloaded;
  const unpacked = await step(['bash', '-o', 'pipefail', '-c', 'rpm2cpio ./*.src.rpm | cpio --extract --make-directories --quiet']);
  return isFailure(unpacked) ? unpacked : archiveBelow(directory, 'kernel');
}

/** Debian has /usr/src/linux-source-6.1.tar.xz; Ubuntu one directory deeper, with a symbolic link to it. */
function archiveBelow(directory: string, name: string): Result<string> {
  const found = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^linux-/.test(entry.name) && archiveStem(entry.name) !== undefined)
    .map((entry) => join(entry.parentPath, entry.name));
  const first = found.sort((a, b) => basename(a).length - basename(b).length)[0];
  return first ?? kernelFailure({ reason: 'not-a-kernel-tree', path: directory, why: `the package ${name} contains no kernel tarball` });
}
