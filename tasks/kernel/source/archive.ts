/** Kernel sources in tarballs: downloaded, unpacked, listed. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promises } from 'node:stream';
import type { Work } from '../../graph/target.ts';
import { fileFailure } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { SourceEntry } from './entry.ts';
import { writeManifest } from './manifest.ts';
import { fill, makeTree } from './partial.ts';
import { kernelFailure } from '../reasons.ts';
import { hostFailure } from '../../host/reasons.ts';

type DownloadEntry = Extract<SourceEntry, { kind: 'download' }>;

/** Files in a kernel tree, about: Linux 6.1 has 78,579. For progress only. */
const aboutFiles = 80_000;

/** Unpacks a tarball that holds one directory, a kernel's, to `tree`. */
export function unpackTree(archive: string, tree: string, processes: Processes, work: Work): Promise<Result<void>> {
  return makeTree(tree, (partial) => unpackInto(archive, partial, processes, work));
}

/** @returns the unpacked tree's path, below `partial`. */
export async function unpackInto(archive: string, partial: string, processes: Processes, work: Work): Promise<Result<string>> {
  const doing = `unpacking ${archive}`;
  const directory = join(partial, 'tree');
  mkdirSync(directory);
  let files = 0;
  const unpacked = await fill(processes, doing, partial, {
    // As root, tar would hand the files to whoever packed them.
    argv: ['tar', '--extract', '--verbose', '--no-same-owner', '--file', archive, '--directory', directory],
    signal: work.signal,
    onLine: () => {
      if (++files % 500 === 0) work.progress({ what: `unpacking ${basename(archive)}`, done: files, total: Math.max(files, aboutFiles) });
    },
  });
  if (isFailure(unpacked)) return unpacked;
  const inside = readdirSync(directory);
  const only = inside.length === 1 ? inside[0] : undefined;
  if (only === undefined) return kernelFailure({ reason: 'not-a-kernel-tree', path: archive, why: `it contains ${inside.length} files and directories, not a single directory with a kernel` });
  const listed = await writeManifest(join(directory, only));
  return isFailure(listed) ? listed : join(directory, only);
}

/** @returns `undefined` when the server answers that it has the file; else why not, in words. */
export async function downloadUnavailable(entry: DownloadEntry, timeoutMs: number, processes: Processes, signal: AbortSignal): Promise<Result<string | undefined>> {
  const ended = await processes.run({
    argv: ['curl', '--silent', '--show-error', '--fail', '--location', '--head', '--max-time', String(timeoutMs / 1000), '--output', '/dev/null', entry.url],
    env: { LC_ALL: 'C' },
    timeoutMs: timeoutMs + 500,
    signal,
  });
  if (isFailure(ended)) return ended;
  if (ended.status === 0) return undefined;
  if (ended.status === 'timeout' || ended.status === 28) return `no answer within ${timeoutMs / 1000} s`;
  return (ended.tail.at(-1) ?? `curl failed with status ${ended.status}`).replace(/^curl: \(\d+\) /, '');
}

/** Downloads, checks and unpacks. What was downloaded of an interrupted run is kept beside the tree, and continued. */
export async function downloadTree(entry: DownloadEntry, tree: string, processes: Processes, work: Work): Promise<Result<void>> {
  const file = join(dirname(tree), `.${basename(tree)}.kloop-download`, basename(new URL(entry.url).pathname));
  const doing = `downloading ${entry.url}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    return fileFailure(doing, dirname(file), error);
  }
  const done = await fill(processes, doing, dirname(file), {
    argv: ['curl', '--fail', '--location', '--show-error', '--continue-at', '-', '--speed-limit', '1000', '--speed-time', '30', '--output', file, entry.url],
    signal: work.signal,
    onLine: (line) => {
      const percent = /^\s*(\d+)\s+\d/.exec(line)?.[1];
      if (percent !== undefined) work.progress({ what: `downloading ${basename(file)}`, done: Number(percent), total: 100 });
    },
  });
  if (isFailure(done)) {
    // Where the server cannot continue a download (curl's 33, or HTTP 416), the next run begins again.
    if (hostFailure.is(done, 'command-failed') && done.detail.tail.some((line) => /\b416\b|curl: \(33\)/.test(line))) rmSync(file, { force: true });
    return done;
  }
  if (entry.sha256 !== undefined) {
    const hash = createHash('sha256');
    await promises.pipeline(createReadStream(file), hash);
    const actual = hash.digest('hex');
    if (actual !== entry.sha256) {
      rmSync(dirname(file), { recursive: true, force: true });
      return kernelFailure({ reason: 'wrong-hash', url: entry.url, expected: entry.sha256, actual });
    }
  }
  const unpacked = await unpackTree(file, tree, processes, work);
  // A tarball that does not unpack is of no use to the next run; a full disk is not its fault.
  if (!isFailure(unpacked) || hostFailure.is(unpacked, 'command-failed')) rmSync(dirname(file), { recursive: true, force: true });
  return unpacked;
}
