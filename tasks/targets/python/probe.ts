/** Which Python would run vido, and whether it has bpo-29208. */
import { join } from 'node:path';
import { findProgram } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { pythonFailure } from './reasons.ts';

/** A Python, as python-patch/probe.py tells of itself. */
export interface PythonFound {
  readonly path: string;
  /** '3.11.2' */
  readonly version: string;
  /** Whether `random` seeds without the system's entropy; `unknown` where that could not be tried. */
  readonly behaviour: 'sound' | 'broken' | 'unknown';
}

/** vido's scripts begin with /usr/bin/python3; the system's Python is the one that counts, not a virtual environment's. */
export function pythonPath(): string | undefined {
  return findProgram('/usr/bin/python3') ?? findProgram('python3') ?? findProgram('python');
}

/** @returns what is there; `python-missing`; or `python-probe-failed` where it does not run at all. */
export async function probePython(processes: Processes, patchDir: string, path = pythonPath()): Promise<Result<PythonFound>> {
  if (path === undefined) return pythonFailure({ reason: 'python-missing' });
  // A Python that loads is up in a tenth of a second; a minute is for a machine that swaps.
  const ran = await processes.run({ argv: [path, join(patchDir, 'probe.py')], timeoutMs: 60_000, env: { PYTHONHOME: undefined, PYTHONPATH: undefined } });
  if (isFailure(ran)) return ran;
  const found = parseProbe(ran.stdout, path);
  return found ?? pythonFailure({ reason: 'python-probe-failed', path, tail: ran.tail });
}

export function parseProbe(stdout: string, path: string): PythonFound | undefined {
  const [, version, behaviour] = /^(\d+\.\d+\.\d+) (sound|broken|unknown)$/m.exec(stdout) ?? [];
  return version === undefined ? undefined : { path, version, behaviour: behaviour as PythonFound['behaviour'] };
}

/** Whether the patch is needed, and why. */
interface PatchVerdict {
  readonly needed: boolean;
  readonly words: string;
}

/**
 * Behaviour decides; the version only where behaviour could not be tried. A
 * patched 3.6.0 is sound, whatever its number.
 */
export function patchVerdict({ version, behaviour }: PythonFound): PatchVerdict {
  const is360 = version === '3.6.0';
  if (behaviour === 'broken') return { needed: true, words: `Python ${version} has bpo-29208: random fails without entropy` };
  if (behaviour === 'unknown' && is360) return { needed: true, words: 'Python 3.6.0 has bpo-29208, judging by its version' };
  if (is360) return { needed: false, words: 'Python 3.6.0 is patched' };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const before = major < 3 || (major === 3 && minor < 6);
  return { needed: false, words: `not needed: Python ${version} ${before ? 'never had the bug' : 'has the fix'}` };
}
