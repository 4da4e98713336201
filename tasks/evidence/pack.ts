/** One evidence directory as an archive, to be sent. */
import { renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { fileFailure } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { hostFailure } from '../host/reasons.ts';
import { evidenceFailure } from './reasons.ts';
import type { Evidence } from './store.ts';

export interface PackRequest {
  readonly evidence: Pick<Evidence, 'name' | 'dir'>;
  /** An absolute path; `undefined`: `kloop-evidence-NAME.tar.zst` in `cwd`. */
  readonly file: string | undefined;
  readonly cwd: string;
  readonly processes: Pick<Processes, 'run' | 'has'>;
  readonly signal: AbortSignal;
}

interface Packed {
  readonly file: string;
  readonly bytes: number;
  /** What a person should know. */
  readonly note?: string;
}

/** By the ending of its name. */
const programs: Readonly<Record<string, string>> = { '.tar.zst': 'zstd', '.tar.gz': 'gzip', '.tgz': 'gzip' };

/** @returns or `pack-name`, `command-missing`, `pack-failed`, a file's error */
export async function pack({ evidence, file: asked, cwd, processes, signal }: PackRequest): Promise<Result<Packed>> {
  const lacksZstd = asked === undefined && !processes.has('zstd');
  const file = asked ?? join(cwd, `kloop-evidence-${evidence.name}${lacksZstd ? '.tar.gz' : '.tar.zst'}`);
  const program = programs[Object.keys(programs).find((ending) => file.endsWith(ending)) ?? ''];
  if (program === undefined) return evidenceFailure({ reason: 'pack-name', file: basename(file) });
  for (const needed of ['tar', program]) {
    if (!processes.has(needed)) return hostFailure({ reason: 'command-missing', doing: `packing ${basename(file)}`, command: needed });
  }
  const made = join(dirname(file), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    // Whose they are here is nobody's affair there.
    const ran = await processes.run({
      argv: ['tar', '--create', '--file', made, `--use-compress-program=${program}`, '--owner=0', '--group=0', '--numeric-owner', '--sort=name',
        // All that the VM had in memory; and too large to be sent.
        '--exclude=core', '--exclude=core-*', '--directory', dirname(evidence.dir), '--', basename(evidence.dir)],
      env: { LC_ALL: 'C' }, signal,
    });
    if (isFailure(ran)) return ran;
    if (ran.status !== 0) return evidenceFailure({ reason: 'pack-failed', file, said: ran.tail, status: ran.status });
    renameSync(made, file);
    const note = lacksZstd ? 'packed by gzip: there is no zstd here (npm run packages -- --install)' : undefined;
    return { file, bytes: statSync(file).size, ...(note === undefined ? {} : { note }) };
  } catch (error) {
    return fileFailure('packing evidence', file, error);
  } finally {
    rmSync(made, { force: true });
  }
}
