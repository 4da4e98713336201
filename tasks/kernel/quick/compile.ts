/** Compiles objects by the commands that Kbuild saved, side by side, and leaves what Kbuild would leave. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellQuote } from '../../text/values.ts';
import { stateOf, textOf, type Look } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure } from '../../report/failure.ts';
import { parseCmdFile, shellCommand, type CmdFile } from '../inputs/cmd-file.ts';
import type { BuildDirs, BuildIndex, IndexEntry } from '../inputs/index-model.ts';
import { hasChosenMode, incbinSeeker, onlyLookUp } from './ccache-mode.ts';
import type { QuickObject } from './decide.ts';

interface CompileRequest {
  readonly index: BuildIndex;
  readonly objects: readonly QuickObject[];
  /** As {@link Decision} has it. */
  readonly constants: readonly IndexEntry[];
  /** What the top makefile exports. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether ccache is to keep what is compiled. */
  readonly keeps: boolean;
  readonly jobs: number;
  readonly log: string;
  /** Locked, shared, by all that is started. */
  readonly busyFile: string;
  readonly signal: AbortSignal;
  /** An object is being compiled. */
  started(verb: string, target: string): void;
}

type Compiled =
  | { kind: 'done'; errors: readonly string[]; startedAt: ReadonlyMap<string, number> }
  /** The tools' own lines, and what failed. */
  | { kind: 'failed'; errors: readonly string[]; status: number | string; targets: readonly string[] }
  /** Only make can do it. */
  | { kind: 'not-understood'; why: string };

/** One thing to run: an object, or all the objects of a directory that Kbuild itself has to compile. */
interface Job {
  readonly targets: readonly string[];
  readonly verb: string;
  readonly script: string;
  /** Besides what the top makefile exports. Asked when its turn comes: the headers that it reads for it are read while others compile. */
  env?(): Readonly<Record<string, string>>;
  /** Looked at after it ran. @returns why make has to take over */
  check?(): string | undefined;
}

/**
 * The shell's part for one object. As Kbuild has it (scripts/Kbuild.include
 * and Makefile.build): the command, then fixdep over the compiler's trace,
 * then the object's checks. Pure.
 */
export function objectScript(saved: CmdFile, cmdPath: string, checkLocalExport: boolean): string | undefined {
  const depfile = /-Wp,-MM?D,([^\s,]+)/.exec(saved.command)?.[1];
  if (depfile === undefined || saved.source === undefined) return undefined;
  const temporary = `${dirname(cmdPath)}/.kloop-${cmdPath.slice(cmdPath.lastIndexOf('/') + 2)}`;
  const [cmd, tmp] = [shellQuote(cmdPath), shellQuote(temporary)];
  return [
    'set -e',
    shellCommand(saved.command),
    `scripts/basic/fixdep ${depfile} ${saved.target} ${shellQuote(saved.command)} > ${tmp}`,
    ...(saved.extra.length === 0 ? [] : [`printf '\\n%s\\n' ${saved.extra.map(shellQuote).join(' ')} >> ${tmp}`]),
    `rm -f ${depfile}`,
    `mv ${tmp} ${cmd}`,
    // It looks at exported symbols alone, by nm, which takes 20 ms (2.40): 5 s for a header of 500 users.
    ...(checkLocalExport ? [`if grep -q __ksymtab_ ${saved.target}; [ $? -ne 1 ]; then "$srctree/scripts/check-local-export" ${saved.target}; fi`] : []),
  ].join('\n');
}

export async function compile(request: CompileRequest, processes: Pick<Processes, 'run'>): Promise<Compiled | Failure> {
  const jobs = planJobs(request);
  if (typeof jobs === 'string') return { kind: 'not-understood', why: jobs };
  const errors: string[] = [];
  const startedAt = new Map<string, number>();
  const failed: { status: number | string; targets: string[] }[] = [];
  let stopped: Failure | string | undefined;
  const short = (target: string) => target.slice(request.index.tree.build.length + 1);
  const worker = async (queue: Job[]) => {
    for (let job = queue.shift(); job !== undefined && failed.length === 0 && stopped === undefined; job = queue.shift()) {
      const said: string[] = [];
      const now = Date.now();
      for (const target of job.targets) {
        startedAt.set(target, now);
        request.started(job.verb, short(target));
      }
      const ended = await processes.run({
        argv: ['flock', '--shared', '--no-fork', request.busyFile, 'sh', '-c', job.script],
        cwd: request.index.tree.build,
        env: { ...request.env, ...job.env?.() },
        log: request.log,
        signal: request.signal,
        onLine: (line, stream) => { if (stream === 'stderr') said.push(line); },
      });
      errors.push(...said);
      if (isFailure(ended) || ended.status !== 0) {
        // Half made, or checked and found wrong: gone, as make has it.
        for (const target of job.targets) rmSync(target, { force: true });
        if (isFailure(ended)) stopped = ended;
        else failed.push({ status: ended.status, targets: job.targets.map(short) });
        return;
      }
      stopped ??= job.check?.();
    }
  };
  // What is compiled beside the constants with a header that turns out to be old is older than that header then: make does it over.
  const queue = [...longestFirst(jobs.constants), ...longestFirst(jobs.objects)];
  await Promise.all(Array.from({ length: Math.min(request.jobs, queue.length) }, () => worker(queue)));
  if (isFailure(stopped)) return stopped;
  // Before what failed: it may have failed for constants that are old by now.
  if (stopped !== undefined) return { kind: 'not-understood', why: stopped };
  const [first] = failed;
  return first === undefined ? { kind: 'done', errors, startedAt } : { kind: 'failed', errors, status: first.status, targets: failed.flatMap(({ targets }) => targets) };
}

/** No processor shall idle while one compiles the longest file: the size of the last object tells, near enough, how long it takes. */
export function longestFirst<T extends Pick<Job, 'targets'>>(jobs: readonly T[], look: Look = stateOf): T[] {
  const size = (job: T) => job.targets.reduce((sum, target) => sum + (look(target)?.size ?? 0), 0);
  return jobs.map((job) => ({ job, size: size(job) })).sort((a, b) => b.size - a.size).map(({ job }) => job);
}

/** @returns the jobs; or, in words, what stands in the way */
function planJobs({ index, objects, constants, env, keeps }: CompileRequest): { constants: Job[]; objects: Job[] } | string {
  const jobs: Job[] = [];
  const first: Job[] = [];
  const chosen = hasChosenMode({ ...process.env, ...env });
  const holdsIncbin = incbinSeeker();
  const byDirectory = new Map<string, { entry: IndexEntry; saved: CmdFile }[]>();
  for (const { entry, rule } of objects) {
    const saved = readSaved(entry.path);
    const target = index.files[entry.target] ?? '';
    if (saved === undefined) return `${entry.path} cannot be read`;
    if (rule.how === 'by-kbuild') {
      const dir = makefileDir(dirname(saved.target), index.tree);
      byDirectory.set(dir, [...(byDirectory.get(dir) ?? []), { entry, saved }]);
      continue;
    }
    const script = objectScript(saved, entry.path, rule.checkLocalExport);
    if (script === undefined) return `the command of ${target} records no dependencies`;
    const depend = () => !chosen && !(keeps && entry.deps.some((file) => holdsIncbin(index.files[file] ?? '')));
    jobs.push({ targets: [target], verb: saved.source?.endsWith('.S') ? 'AS' : 'CC', script, env: () => ({ ...(keeps ? {} : onlyLookUp), ...(depend() ? { CCACHE_DEPEND: '1' } : {}) }) });
  }
  for (const entry of constants) {
    const saved = readSaved(entry.path);
    const script = saved && objectScript(saved, entry.path, false);
    const target = index.files[entry.target] ?? '';
    if (script === undefined) return `the command of ${target} cannot be read`;
    const before = textOf(target);
    first.push({
      targets: [target], verb: 'CC', script,
      check: () => (before !== undefined && constantsIn(textOf(target) ?? '') === constantsIn(before) ? undefined : `what Kbuild takes from ${target} changed`),
    });
  }
  for (const [dir, members] of byDirectory) {
    const names = members.map(({ saved }) => saved.target);
    jobs.push({
      targets: members.map(({ entry }) => index.files[entry.target] ?? ''),
      verb: 'CC',
      script: `exec "$MAKE" -f "$srctree/scripts/Makefile.build" obj=${dir} ${names.join(' ')}`,
      // Flags that a directory above hands down are missing here: then it was
      // compiled by another command, and make has to do it over.
      check: () => (members.every(({ entry, saved }) => readSaved(entry.path)?.command === saved.command) ? undefined : `the objects of ${dir} depend on the makefiles above it`),
    });
  }
  return { constants: first, objects: jobs };
}

/** The lines that Kbuild makes a header of. (scripts/Makefile.lib, sed-offsets.) */
export function constantsIn(assembler: string): string {
  return assembler.split('\n').filter((line) => /^\s*(?:\.ascii\s*")?->/.test(line)).map((line) => line.trim()).join('\n');
}

/** The directory whose makefile names the objects of this one: itself, or one above (fs/xfs for fs/xfs/libxfs). */
function makefileDir(dir: string, tree: Pick<BuildDirs, 'source'>): string {
  const has = ['Kbuild', 'Makefile'].some((name) => existsSync(join(tree.source, dir, name)));
  return has || dir === '.' ? dir : makefileDir(dirname(dir), tree);
}

function readSaved(path: string): CmdFile | undefined {
  try {
    const parsed = parseCmdFile(readFileSync(path, 'utf8'));
    return typeof parsed === 'string' ? undefined : parsed;
  } catch {
    return undefined;
  }
}
