/** What kloop keeps in its state directory (STATE_DIR): records, logs, the file clock. */
import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { World } from './execute.ts';
import type { TargetRecord } from './target.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { fileFailure, freshLook, makeDirectories, readText, writeWhole } from '../host/files.ts';
import { fingerprintOf } from '../host/fingerprint.ts';
import { takeLock } from '../host/lock.ts';
import { newLog } from '../host/logs.ts';

interface StateOptions {
  readonly dir: string;
  /** How this run is called to others that wait for it: 'npm run vm (pid 4711)'. */
  readonly runName: string;
}

/** The graph's world on a real host. */
export function openState({ dir, runName }: StateOptions): World {
  const recordPath = (name: string, key: string) =>
    join(dir, 'records', `${name}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}.json`);
  return {
    records: {
      read: (name, key) => readRecord(recordPath(name, key)),
      write: (name, key, record) => writeWhole(recordPath(name, key), `${JSON.stringify(record)}\n`),
    },
    now: () => performance.now(),
    look: freshLook,
    fingerprint: fingerprintOf,
    fileClock: () => fileClock(dir),
    lock: (name, onWait, signal) => takeLock({ name, holder: runName, onWait, signal }),
    logFor: (target) => newLog(join(dir, 'logs'), target),
  };
}

/** A record that cannot be read is as good as none: its target is made again. */
function readRecord(path: string): TargetRecord | undefined {
  const text = readText(path);
  if (isFailure(text) || text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as TargetRecord;
    return typeof record.startedMs === 'number' && typeof record.recipe === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Now, as the kernel stamps files: by a coarse clock that ticks every 1 to
 * 10 ms, which lags Date.now(). Asked for by writing a file.
 */
function fileClock(dir: string): Result<number> {
  const path = join(dir, 'clock');
  try {
    makeDirectories(dir);
    writeFileSync(path, String(process.pid));
    return statSync(path).mtimeMs;
  } catch (error) {
    return fileFailure("keeping kloop's records", path, error);
  }
}
