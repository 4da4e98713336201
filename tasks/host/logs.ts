/** Logs: a new file for each run, the newest of each kind kept. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from './files.ts';

/** So many of each kind are kept, the new one counted. */
const kept = 10;

/**
 * A name for a new log, `KIND-TIME-PID.log`; what is too old goes. Throws what
 * the file system does.
 */
export function newLog(dir: string, kind: string): string {
  makeDirectories(dir);
  const start = `${kind}-`;
  const mine = readdirSync(dir).filter((name) => name.startsWith(start) && /^\d{8}-\d+-\d+\.log$/.test(name.slice(start.length))).sort();
  for (const old of mine.slice(0, Math.max(0, mine.length - kept + 1))) rmSync(join(dir, old), { force: true });
  // To the ms: a loop boots several times in a second.
  const time = new Date().toISOString().replaceAll(/[-:.]/g, '').replace('T', '-').slice(0, 18);
  return join(dir, `${start}${time}-${process.pid}.log`);
}
