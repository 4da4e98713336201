/** From what is asked for to what is run: the programs of installed collections, and one's own. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nearest } from '../../text/nearest.ts';
import { textOf } from '../../host/files.ts';
import { fingerprintOf } from '../../host/fingerprint.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { Asked } from '../asked.ts';
import { checkFailure } from '../reasons.ts';
import { limitOf, scaledMs } from '../time-limit.ts';
import type { Job } from './job.ts';

/** A collection as it was installed. */
interface Installed {
  /** The directory with its programs. */
  readonly dir: string;
  /** The programs that kselftest runs. */
  readonly programs: readonly string[];
  /** Tells one build of them from another. */
  readonly version: string;
}

/** A job whose time limit is known when the accelerator is. */
type UnlimitedJob = Omit<Job, 'limitMs'> & { readonly limitMs: (accel: 'kvm' | 'tcg') => number };

interface JobOptions {
  readonly installed: (collection: string) => Installed;
  /** Where relative paths start. */
  readonly cwd: string;
  /** For every program, instead of the collection's own; ms, 0: the collection's own. */
  readonly timeoutMs: number;
}

/** @returns or `no-test`, `no-program` */
export function jobsFor(asked: readonly Asked[], options: JobOptions): Result<UnlimitedJob[]> {
  const jobs: UnlimitedJob[] = [];
  for (const one of asked) {
    if (one.kind === 'kunit') continue;
    const more = one.kind === 'program' ? ownProgram(one, options) : collectionJobs(one, options);
    if (isFailure(more)) return more;
    jobs.push(...more.filter((job) => !jobs.some((other) => other.id === job.id && other.argv.join(' ') === job.argv.join(' '))));
  }
  return jobs;
}

/** Checked before anything is built, too. */
export function ownProgram({ path, args }: Extract<Asked, { kind: 'program' }>, { cwd, timeoutMs }: Pick<JobOptions, 'cwd' | 'timeoutMs'>): Result<UnlimitedJob[]> {
  const full = resolve(cwd, path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (stat === undefined) return checkFailure({ reason: 'no-program', path, why: 'missing' });
  if (!stat.isFile()) return checkFailure({ reason: 'no-program', path, why: 'directory' });
  if (!mayRun(full)) return checkFailure({ reason: 'no-program', path, why: 'not-executable' });
  return [{ id: path, argv: [full, ...args], cwd, limitMs: () => timeoutMs, byKselftestsRules: false, version: fingerprintOf(full)?.hash ?? '' }];
}

function collectionJobs({ collection, program, args }: Extract<Asked, { kind: 'selftest' }>, { installed, timeoutMs }: JobOptions): Result<UnlimitedJob[]> {
  const { dir, programs, version } = installed(collection);
  // One that is installed beside the tests can be asked for by name: timers' destructive ones.
  if (program !== undefined && !programs.includes(program) && !existsSync(join(dir, program))) {
    return checkFailure({ reason: 'no-test', collection, program, known: programs, nearest: nearest(program, programs) });
  }
  const seconds = limitOf(textOf(join(dir, 'settings')));
  return (program === undefined ? programs : [program]).map((name): UnlimitedJob => ({
    id: `${collection}:${name}`, argv: [...startOf(dir, name), ...args], cwd: dir,
    limitMs: (accel) => (timeoutMs > 0 ? timeoutMs : scaledMs(seconds, accel)),
    byKselftestsRules: true, version,
  }));
}

/** A script that is not executable is started by the interpreter it names, as kselftest's runner does it. */
function startOf(dir: string, name: string): string[] {
  const path = join(dir, name);
  if (mayRun(path) || !existsSync(path)) return [`./${name}`];
  const first = /^#!\s*(\S.*)$/m.exec(readFileSync(path).subarray(0, 256).toString().split('\n')[0] ?? '')?.[1];
  return first === undefined ? [`./${name}`] : [...first.trim().split(/\s+/), `./${name}`];
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
