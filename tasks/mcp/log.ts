/** The newest logs: of the targets' recipes, and the consoles of VMs. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileFailure, namesIn } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { bounded, outputRoom } from './bounded.ts';
import { mcpFailure } from './reasons.ts';

/** The newest log of one kind. */
interface Newest {
  /** A target's name; for a VM's console `vm/NAME`. */
  readonly of: string;
  readonly path: string;
  readonly mtimeMs: number;
}

export interface LogTail {
  readonly of: string;
  readonly path: string;
  /** Of the whole file. */
  readonly bytes: number;
  readonly text: string;
  /** What there are logs of, the newest first. */
  readonly there: readonly string[];
}

/** As host/logs.ts names them: a name that sorts by time. */
const logName = /^(.+)-\d{8}-\d+-\d+\.log$/;

/** Bytes that are read from a file's end: more than has room. */
const readBytes = 256 << 10;

/**
 * @param of a target, or `vm/NAME`; `vm`: of the VM that ran last; `undefined`: the newest of all
 * @returns the last lines; or `no-log`
 */
export function logTail(stateDir: string, of: string | undefined, lines: number): Result<LogTail> {
  const logs = newestLogs(stateDir);
  const there = logs.map((log) => log.of);
  const found = of === undefined ? logs[0] : logs.find((log) => log.of === of || (of === 'vm' && log.of.startsWith('vm/')));
  if (found === undefined) return mcpFailure({ reason: 'no-log', of, there });
  const end = endOf(found.path);
  if (isFailure(end)) return end;
  const { head, tail } = outputRoom;
  const wanted = end.text.replace(/\n$/, '').split('\n').slice(-lines).join('\n');
  return { of: found.of, path: found.path, bytes: end.bytes, text: bounded(wanted, 0, { ...outputRoom, head: 0, tail: head + tail }), there };
}

function newestLogs(stateDir: string): Newest[] {
  const consoles = join(stateDir, 'vm');
  return [
    ...newestIn(join(stateDir, 'logs')),
    ...namesIn(consoles).flatMap((name) => newestIn(join(consoles, name)).map((log) => ({ ...log, of: `vm/${name}` }))),
  ].sort((a, b) => b.mtimeMs - a.mtimeMs);
}

function newestIn(dir: string): Newest[] {
  const newest = new Map<string, string>();
  for (const name of namesIn(dir).sort()) {
    const kind = logName.exec(name)?.[1];
    if (kind !== undefined) newest.set(kind, name);
  }
  return [...newest].flatMap(([of, name]) => {
    const path = join(dir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? [] : [{ of, path, mtimeMs: stat.mtimeMs }];
  });
}

function endOf(path: string): Result<{ readonly text: string; readonly bytes: number }> {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, readBytes));
    const read = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    return { text: buffer.subarray(0, read).toString(), bytes: size };
  } catch (error) {
    return fileFailure('reading a log', path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
