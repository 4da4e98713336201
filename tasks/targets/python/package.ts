/** The target `python-package`: Python 3.6.0 with the patch, as a package for Arch. By file times: PKGBUILD, patch and tarball in, package out. */
import { chownSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Distribution } from '../../../config/packages.ts';
import { judge as judgeTimes } from '../../graph/freshness.ts';
import type { Target, TargetRecord, Work } from '../../graph/target.ts';
import { runQuietly, runWithTerminal, type AdminRan } from '../../host/processes/admin.ts';
import { asBuilder, builderFor, thisCaller, type Builder, type Caller } from './builder.ts';
import { fileFailure, readText, stampOf, writeIfDifferent } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { thisDistribution } from '../../host/tools.ts';
import { isPackageFile, makepkgEnv, makepkgSteps, makepkgTrouble, type MakepkgDirectories } from './makepkg.ts';
import { patchVerdict, probePython } from './probe.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { pythonFailure } from './reasons.ts';

export interface PythonPackageOptions {
  readonly processes: Processes;
  /** The directory of PKGBUILD, patch and probe. */
  readonly patchDir: string;
  /** Where it is built and kept. */
  readonly workDir: string;
  /** Build it although no Python here needs it. */
  readonly build: boolean;
  readonly distribution?: () => Distribution;
  readonly caller?: Caller;
  /** The Python that is judged; default: the one that would run vido. */
  readonly python?: string;
}

interface Details {
  readonly package: string;
  readonly tarball: string;
  /** makepkg may have downloaded it after we began, so its time is kept rather than compared. */
  readonly tarballMs: number | 'missing';
}

/** The package of a record. */
export function packageOf(past: TargetRecord | undefined): string | undefined {
  return (past?.details as Partial<Details> | undefined)?.package;
}

export const pythonPackageKey = (workDir: string) => workDir;

export function pythonPackageTarget(options: PythonPackageOptions): Target {
  const { processes, patchDir, workDir } = options;
  const distribution = options.distribution ?? thisDistribution;
  const caller = options.caller ?? thisCaller();
  const onArch = () => distribution().family === 'arch';
  /** Where it is, and what becomes of it here. */
  const told = (path: string) => `${path}${onArch() ? '' : `; not installed: an Arch package would overwrite the Python of ${distribution().name} without its package manager knowing`}`;
  const inputs = () => ['PKGBUILD', ...patchesIn(patchDir)].map((name) => join(patchDir, name));
  const directories: MakepkgDirectories = {
    build: join(workDir, 'build'),
    packages: join(workDir, 'packages'),
    // A person with tarballs of their own has SRCDEST set.
    sources: caller.env['SRCDEST'] || join(workDir, 'sources'),
  };
  return {
    name: 'python-package',
    title: 'patched package of Python 3.6.0',
    needs: [],
    outputs: (details) => [(details as Details).package],
    key: () => pythonPackageKey(workDir),
    recipe: () => JSON.stringify(makepkgSteps(onArch())),
    async judge(past) {
      if (!options.build) {
        const found = await probePython(processes, patchDir, options.python);
        if (isFailure(found)) return found;
        const verdict = patchVerdict(found);
        if (!verdict.needed) return { kind: 'fresh', note: verdict.words, needless: true };
      }
      const details = past?.details as Details | undefined;
      const output = details?.package ?? join(directories.packages, 'python-3.6.0-3.pkg.tar');
      const byTime = judgeTimes({
        output: { path: output, stamp: stampOf(output) },
        inputs: inputs().map((path) => ({ path, stamp: stampOf(path) })),
        recipe: JSON.stringify(makepkgSteps(onArch())),
        past,
        nowMs: Date.now(),
      });
      if (byTime.kind === 'stale' || details === undefined) return byTime;
      return stampOf(details.tarball) === details.tarballMs
        ? { kind: 'fresh', note: told(output) }
        : { kind: 'stale', reason: { kind: 'input-changed', path: details.tarball } };
    },
    async run(work) {
      if (!processes.has('makepkg')) return pythonFailure({ reason: 'makepkg-missing', distribution: distribution().name });
      const builder = builderFor(caller);
      if (builder.kind === 'none') return pythonFailure({ reason: 'makepkg-as-root' });
      const laid = layOut({ inputs: inputs(), workDir, directories, builder });
      if (isFailure(laid)) return laid;
      const steps = makepkgSteps(onArch());
      const makepkg = async (step: 'fetch' | 'build'): Promise<Result<AdminRan>> => {
        work.progress({ what: step === 'fetch' ? 'downloading and checking the sources' : 'building Python' });
        const env = Object.entries(makepkgEnv(directories)).map(([key, value]) => `${key}=${value}`);
        const command = { argv: asBuilder(['env', ...env, ...steps[step]], builder), cwd: workDir, processes, work, onLine: progressOf(work) };
        return step === 'fetch' && onArch() && process.stderr.isTTY ? runWithTerminal(command) : runQuietly(command);
      };
      for (const step of ['fetch', 'build'] as const) {
        const ran = await makepkg(step);
        if (isFailure(ran)) return ran;
        if (!ran.ok) return pythonFailure({ reason: 'makepkg-failed', trouble: makepkgTrouble(ran.output), patchDir, sources: directories.sources, tail: ran.tail, log: work.log });
      }
      const built = newestPackage(directories.packages);
      if (built === undefined) return pythonFailure({ reason: 'makepkg-failed', trouble: { kind: 'other' }, patchDir, sources: directories.sources, tail: [], log: work.log });
      const tarball = tarballOf(patchDir, directories.sources);
      const details: Details = { package: built, tarball, tarballMs: stampOf(tarball) };
      return { note: told(built), details };
    },
  };
}

function patchesIn(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.patch')).sort();
  } catch {
    return [];
  }
}

function tarballOf(patchDir: string, sources: string): string {
  const text = readText(join(patchDir, 'PKGBUILD'));
  const version = isFailure(text) ? undefined : /^pkgver=(\S+)$/m.exec(text ?? '')?.[1];
  return join(sources, `Python-${version ?? '3.6.0'}.tar.xz`);
}

interface Layout {
  readonly inputs: readonly string[];
  readonly workDir: string;
  readonly directories: MakepkgDirectories;
  readonly builder: Builder;
}

/** Copies what makepkg reads to where it works: python-patch/ stays clean, and may be read-only to the builder. */
function layOut({ inputs, workDir, directories, builder }: Layout): Result<void> {
  for (const input of inputs) {
    const text = readText(input);
    if (isFailure(text)) return text;
    const written = writeIfDifferent(join(workDir, basename(input)), text ?? '');
    if (isFailure(written)) return written;
  }
  for (const dir of [workDir, directories.build, directories.packages, directories.sources]) {
    try {
      const made = mkdirSync(dir, { recursive: true }) !== undefined;
      // Only what is ours to give away: SRCDEST may be the user's own.
      if (builder.kind === 'user' && (made || dir.startsWith(workDir))) chownSync(dir, builder.uid, builder.gid);
    } catch (error) {
      return fileFailure('preparing the build of Python', dir, error);
    }
  }
  return undefined;
}

function newestPackage(dir: string): string | undefined {
  const paths = readdirSync(dir).filter(isPackageFile).map((name) => join(dir, name));
  const time = (path: string) => { const stamp = stampOf(path); return stamp === 'missing' ? 0 : stamp; };
  return paths.sort((a, b) => time(b) - time(a))[0];
}

/** makepkg's own headings, '==> Starting build()...', and the compiler's files. */
function progressOf(work: Work): (line: string) => void {
  return (line) => {
    const heading = /^(?:==>|\s+->) (.*)/.exec(line)?.[1];
    if (heading !== undefined) work.progress({ what: heading.slice(0, 100) });
  };
}

