/** The list of evidence, for a person and for a program. Pure. */
import { nearest } from '../text/nearest.ts';
import { inColumns } from '../text/table.ts';
import { evidenceFailure } from './reasons.ts';
import type { Result } from '../report/failure.ts';
import type { Evidence } from './store.ts';

type Listed = Pick<Evidence, 'name' | 'dir' | 'bytes' | 'record'>;

/** A line each, the newest first. */
export function listLines(all: readonly Listed[]): string[] {
  return inColumns(all.toReversed().map(({ name, bytes, record }) => [name, record.by, sizeWords(bytes), record.title]), [2]);
}

export function sizeWords(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** The newest first. */
export function asJson(all: readonly Listed[]): string {
  return `${JSON.stringify(all.toReversed().map(({ name, dir, bytes, record }) => ({ name, dir, bytes, ...record })), null, 2)}\n`;
}

/** @param all oldest first @returns the one of this name, `last` or undefined: the newest; or `no-evidence` */
export function chosen<E extends Listed>(all: readonly E[], name = 'last'): Result<E> {
  const newest = all.at(-1);
  const found = name === 'last' ? newest : all.find((one) => one.name === name);
  return found ?? evidenceFailure({ reason: 'no-evidence', name, nearest: nearest(name, all.map((one) => one.name)), newest: newest?.name });
}
