/** The target `vido`: brenns10's vido, cloned and installed. By file times: a changed clone is installed again. */
import { accessSync, constants, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { judge as judgeTimes } from '../../graph/freshness.ts';
import type { StaleReason, Target, Work } from '../../graph/target.ts';
import { runAsRoot, runQuietly } from '../../host/processes/admin.ts';
import { fileFailure, stampOf, type Stamp } from '../../host/files.ts';
import { noOtherRepository } from '../../host/git.ts';
import { shown, type Privilege } from '../../host/processes/privilege.ts';
import type { Processes } from '../../host/processes/process.ts';
import { pythonPath } from '../python/probe.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { pythonFailure } from '../python/reasons.ts';
import { vidoFailure } from './reasons.ts';

interface VidoOptions {
  readonly processes: Processes;
  readonly privilege: Privilege;
  readonly url: string;
  readonly clone: string;
  readonly prefix: string;
  /** Where it is built: the clone stays as it is. */
  readonly workDir: string;
  /** How long GitHub may be silent, ms. */
  readonly timeoutMs: number;
}

interface Details {
  /** The sources' times as they were installed: a clone made during the run has files that are newer than its start. */
  readonly sources: Readonly<Record<string, Stamp>>;
  /** The programs as they were installed. */
  readonly programs: readonly string[];
}

/** Where the installed vido is. */
export const vidoPath = (prefix: string) => join(prefix, 'bin', 'vido');

/** Where the clone is, below REPOS_DIR. */
export const vidoClone = (reposDir: string) => join(reposDir, 'vido');

export function vidoTarget(options: VidoOptions): Target {
  const { clone, prefix, processes, workDir } = options;
  const output = vidoPath(prefix);
  return {
    name: 'vido',
    title: 'vido',
    // Its scripts run on the Python that `python` looks after.
    needs: ['python'],
    key: () => output,
    outputs: (details) => (details as Details).programs,
    recipe: () => installArguments(prefix).join(' '),
    judge(past) {
      if (!existsSync(join(clone, 'setup.py'))) return Promise.resolve({ kind: 'stale', reason: { kind: 'state', words: `no clone in ${clone} yet` } });
      const byRecord = judgeTimes({ output: { path: output, stamp: stampOf(output) }, inputs: [], recipe: installArguments(prefix).join(' '), past, nowMs: Date.now() });
      const installed = (past?.details as Details | undefined)?.sources;
      const reason = byRecord.kind === 'fresh' && installed !== undefined ? difference(installed, stampsOf(clone)) : undefined;
      return Promise.resolve(reason === undefined ? byRecord : { kind: 'stale', reason });
    },
    async run(work) {
      const python = pythonPath();
      if (python === undefined) return pythonFailure({ reason: 'python-missing' });
      const cloned = await cloneIfMissing(options, work);
      if (isFailure(cloned)) return cloned;
      // Before they are read: what is saved from now on is newer than what is installed.
      const sources = stampsOf(clone);
      const tree = copyOf(clone, workDir);
      if (isFailure(tree)) return tree;
      const built = await runQuietly({ argv: [python, 'setup.py', 'build'], cwd: tree, processes, work });
      if (isFailure(built)) return built;
      if (!built.ok) return vidoFailure({ reason: 'vido-install-failed', prefix, byRoot: false, tail: built.tail, log: work.log });
      // -C: sudo starts where it likes to. The shown command can be pasted.
      const argv = ['env', '-C', tree, python, 'setup.py', ...installArguments(prefix)];
      const mine = writable(prefix);
      if (mine) work.say(`$ ${shown(argv)}`);
      const ran = mine
        ? await runQuietly({ argv, processes, work })
        : await runAsRoot({ argv, privilege: options.privilege, processes, work });
      if (isFailure(ran)) return ran;
      if (!ran.ok || !existsSync(output)) return vidoFailure({ reason: 'vido-install-failed', prefix, byRoot: !mine && options.privilege.uid !== 0, tail: ran.tail, log: work.log });
      const details: Details = { sources, programs: programsOf(tree, prefix) };
      return { note: `${output}, from ${clone}`, details };
    },
  };
}

/**
 * client-setup.md's `setup.py install`, told where to. `--root /`: setuptools,
 * where it stands in for distutils, would otherwise install an egg whose
 * scripts are stubs, and the guest runs virt-stub without site-packages.
 * `--force`: else it copies only what is newer by whole seconds than what is
 * installed, and a save in the second of the last installation is lost, as is
 * an older file put back. `--install-lib`: vido is scripts alone, and its
 * egg-info goes to one place, by which it can be removed again; Debian's Python
 * would make PREFIX/local/lib/….
 */
function installArguments(prefix: string): string[] {
  return ['install', '--skip-build', '--force', '--root', '/', '--prefix', prefix, '--install-scripts', join(prefix, 'bin'), '--install-lib', join(prefix, 'lib', 'vido')];
}

/** The clone's files, less what git and setup.py keep for themselves. */
function sourcesOf(clone: string): string[] {
  return readdirSync(clone, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(clone, entry.name))
    .sort();
}

function stampsOf(clone: string): Record<string, Stamp> {
  return Object.fromEntries(sourcesOf(clone).map((path) => [path, stampOf(path)]));
}

/** What was saved, added or removed since. */
function difference(installed: Details['sources'], now: Details['sources']): StaleReason | undefined {
  for (const [path, stamp] of Object.entries(now)) {
    const before = installed[path];
    if (before === undefined) return { kind: 'input-added', path };
    if (before !== stamp) return { kind: 'input-changed', path };
  }
  const gone = Object.keys(installed).find((path) => !(path in now));
  return gone === undefined ? undefined : { kind: 'input-missing', path: gone };
}

/** Clones beside the place and renames: a clone that was cut off is not taken for one. */
async function cloneIfMissing({ clone, url, processes, timeoutMs }: VidoOptions, work: Work): Promise<Result<void>> {
  if (existsSync(join(clone, 'setup.py'))) return undefined;
  if (existsSync(clone) && readdirSync(clone).length > 0) return vidoFailure({ reason: 'vido-clone-foreign', clone });
  const partial = `${clone}.partial`;
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(dirname(clone), { recursive: true });
  } catch (error) {
    return fileFailure('cloning vido', partial, error);
  }
  work.progress({ what: `cloning ${url}` });
  const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
  const argv = ['git', '-c', 'http.lowSpeedLimit=1', '-c', `http.lowSpeedTime=${seconds}`, 'clone', '--quiet', '--', url, partial];
  // No password is asked for: a repository that wants one is not this one.
  const ran = await processes.run({ argv, log: work.log, signal: work.signal, env: { ...noOtherRepository, GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: `ssh -o BatchMode=yes -o ConnectTimeout=${seconds}` } });
  if (isFailure(ran)) return ran;
  if (ran.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    return vidoFailure({ reason: 'vido-clone-failed', url, clone, tail: ran.tail, log: work.log });
  }
  if (!existsSync(join(partial, 'setup.py'))) return vidoFailure({ reason: 'vido-clone-foreign', clone: partial });
  try {
    renameSync(partial, clone);
  } catch (error) {
    return fileFailure('cloning vido', clone, error);
  }
  return undefined;
}

/**
 * A fresh copy to build in. The directories into which setup.py writes as root are
 * made before, as ours: what is in them we can remove the next time.
 */
function copyOf(clone: string, workDir: string): Result<string> {
  const tree = join(workDir, 'tree');
  try {
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(join(tree, 'vido.egg-info'), { recursive: true });
    for (const path of sourcesOf(clone)) cpSync(path, join(tree, path.slice(clone.length + 1)), { preserveTimestamps: true });
  } catch (error) {
    return fileFailure('building vido', tree, error);
  }
  return tree;
}

/** What setup.py has built as programs, where it has installed them. */
function programsOf(tree: string, prefix: string): string[] {
  const build = join(tree, 'build');
  const scripts = readdirSync(build).filter((name) => name.startsWith('scripts-')).flatMap((name) => readdirSync(join(build, name)));
  return scripts.map((name) => join(prefix, 'bin', name)).filter((path) => existsSync(path)).sort();
}

/** Whether we may write below a directory, or below the nearest of its parents that is there. */
function writable(dir: string): boolean {
  let at = dir;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const places = [at, join(at, 'bin')].filter((place) => existsSync(place) && statSync(place).isDirectory());
  try {
    for (const place of places) accessSync(place, constants.W_OK);
    return places.length > 0;
  } catch {
    return false;
  }
}
