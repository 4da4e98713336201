/** The report of the runs that are kept, with as much of their tests' outputs as a page can hold. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { readAt } from '../../host/files.ts';
import type { PastTest } from '../history.ts';
import { keptRuns } from '../run/store.ts';
import { page, type Excerpt, type PageRun, type PageTest } from './page.ts';

/** Bytes of a text's beginning and end that are shown. */
interface Part {
  readonly head: number;
  readonly tail: number;
}

/** A failure is looked at; of what went well the end tells enough. */
const parts = { bad: { head: 8 << 10, tail: 24 << 10 }, good: { head: 0, tail: 1 << 10 }, splats: { head: 32 << 10, tail: 0 }, diff: { head: 64 << 10, tail: 0 } } as const;
/** Of all texts together, bytes; the newest runs' come first. Fifty runs of three hundred tests are 9 MiB besides. */
const mostBytes = 8 << 20;

/** The page as a whole. */
export function reportPage(stateDir: string, nowMs = Date.now()): string {
  let left = mostBytes;
  const take = (path: string, part: Part): Excerpt | undefined => {
    const got = readPart(path, left <= 0 ? { head: 0, tail: 0 } : part);
    left -= got?.text.length ?? 0;
    return got;
  };
  const runs = keptRuns(stateDir).toReversed().map(({ dir, run }): PageRun => {
    // Failures first: they are what the page is opened for.
    const isGood = ({ verdict }: PastTest) => verdict === 'passed' || verdict === 'skipped';
    const told = new Map<PastTest, PageTest>();
    for (const test of [...run.tests.filter((one) => !isGood(one)), ...run.tests.filter(isGood)]) {
      const { log, splats, ...rest } = test;
      const complaints = splats === undefined ? undefined : take(join(dir, splats), parts.splats);
      const output = log === undefined ? undefined : take(join(dir, log), isGood(test) ? parts.good : parts.bad);
      told.set(test, { ...rest, ...(output === undefined ? {} : { output }), ...(complaints === undefined ? {} : { splats: complaints }) });
    }
    const { startedMs, kernel, source } = run;
    const diff = source?.diff === undefined ? undefined : take(join(dir, source.diff), parts.diff);
    return {
      startedMs, kernel, tests: run.tests.flatMap((test) => told.get(test) ?? []),
      ...(source === undefined ? {} : { source: { tree: source.tree, ...(source.head === undefined ? {} : { head: source.head }), ...(diff === undefined ? {} : { diff }) } }),
    };
  });
  return page(runs.toReversed(), nowMs);
}

/** `undefined` where there is no such file any more. */
function readPart(path: string, { head, tail }: Part): Excerpt | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    const read = (at: number, length: number) => readAt(fd as number, at, length).toString();
    if (size <= head + tail) return { text: read(0, size), path, left: 0 };
    const left = size - head - tail;
    const [begin, end] = [read(0, head), read(size - tail, tail)];
    return { text: head > 0 && tail > 0 ? `${begin}\n… ${left} bytes …\n${end}` : `${begin}${end}`, path, left };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
