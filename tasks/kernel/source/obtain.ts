/** Gets the first source that is available. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import type { Work } from '../../graph/target.ts';
import { fileFailure, makeDirectories } from '../../host/files.ts';
import { takeLock } from '../../host/lock.ts';
import { asRoot, shown } from '../../host/processes/privilege.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { downloadTree, downloadUnavailable, unpackTree } from './archive.ts';
import type { Choice } from './choice.ts';
import { distroTree, findDistroSource, type DistroRequest } from './distro.ts';
import type { SourceEntry } from './entry.ts';
import { cloneTree, gitUnavailable } from './git.ts';
import { lookAtTree } from './tree.ts';
import { kernelFailure, type Tried } from '../reasons.ts';
import { hostFailure } from '../../host/reasons.ts';

interface ObtainRequest {
  readonly settings: Pick<Settings, 'reposDir' | 'sourceTimeoutMs'>;
  readonly entries: readonly SourceEntry[];
  readonly processes: Processes;
  readonly work: Work;
  /** A test's own distribution. */
  readonly host?: DistroRequest['host'];
}

/** A way to one tree: where it will be, and what makes it. */
interface Way {
  readonly tree: string;
  make(): Promise<Result<void>>;
}

/** Goes through the entries, says why each earlier one is unavailable, and makes the tree of the first that is available. */
export async function obtainSource(request: ObtainRequest): Promise<Result<Choice>> {
  const tried: Tried[] = [];
  for (const [index, entry] of request.entries.entries()) {
    const way = await wayTo(entry, request);
    if (isFailure(way)) return way;
    const reached = 'why' in way ? way : await follow(entry, way, request);
    if (isFailure(reached) || 'tree' in reached) return reached;
    tried.push({ entry: entry.text, ...reached });
    const next = request.entries[index + 1];
    request.work.say(`${entry.text} is unavailable: ${reached.why}${next === undefined ? '' : `; trying ${next.text}`}`);
  }
  return kernelFailure({ reason: 'no-source', tried });
}

/** The first entry that is available as things are, and why those before it are not. Nothing is fetched. */
export async function firstObtainable(request: Omit<ObtainRequest, 'work'> & { readonly signal: AbortSignal }): Promise<{ entry: string | undefined; tried: Tried[] }> {
  const work: Work = { signal: request.signal, log: '', startedMs: 0, past: undefined, reason: undefined, progress: () => undefined, say: () => undefined };
  const tried: Tried[] = [];
  for (const entry of request.entries) {
    const way = await wayTo(entry, { ...request, work });
    const why = isFailure(way) ? way.words.what
      : 'why' in way ? way.why
        : existsSync(way.tree) ? standing(entry, way.tree) : await whyUnavailable(entry, { ...request, work });
    if (why === undefined) return { entry: entry.text, tried };
    tried.push({ entry: entry.text, why: isFailure(why) ? why.words.what : why });
  }
  return { entry: undefined, tried };
}

function standing(entry: SourceEntry, path: string): string | undefined {
  const tree = existing(entry, path);
  return isFailure(tree) ? tree.words.what : undefined;
}

type Unavailable = Omit<Tried, 'entry'>;

async function wayTo(entry: SourceEntry, request: ObtainRequest): Promise<Result<Way | Unavailable>> {
  const { processes, work, settings } = request;
  const at = (directory: string) => join(settings.reposDir, directory);
  switch (entry.kind) {
    case 'dir':
      return { tree: entry.path, make: () => Promise.resolve(undefined) };
    case 'git': {
      const tree = at(entry.directory);
      return { tree, make: () => cloneTree(entry, tree, settings.sourceTimeoutMs, processes, work) };
    }
    case 'download': {
      const tree = at(entry.directory);
      return { tree, make: () => downloadTree(entry, tree, processes, work) };
    }
    case 'archive': {
      const tree = at(entry.directory);
      if (!entry.path.endsWith('.bundle')) return { tree, make: () => unpackTree(entry.path, tree, processes, work) };
      const bundle = { kind: 'git', text: entry.text, url: entry.path, ref: undefined, directory: entry.directory } as const;
      return { tree, make: () => cloneTree(bundle, tree, settings.sourceTimeoutMs, processes, work) };
    }
    case 'distro': {
      const found = await findDistroSource({ wanted: entry.wanted, processes, signal: work.signal, ...(request.host === undefined ? {} : { host: request.host }) });
      if (isFailure(found) || 'why' in found) return found;
      const tree = at(found.directory);
      return { tree, make: () => distroTree(found, tree, processes, work) };
    }
  }
}

/** What stands at the tree's place is used as it is; else the source is asked, then fetched. */
async function follow(entry: SourceEntry, way: Way, request: ObtainRequest): Promise<Result<Choice | Unavailable>> {
  const { settings, work } = request;
  if (entry.kind === 'dir' || existsSync(way.tree)) return existing(entry, way.tree);
  const unavailable = await whyUnavailable(entry, request);
  if (unavailable !== undefined) return isFailure(unavailable) ? unavailable : { why: unavailable };
  try {
    makeDirectories(settings.reposDir);
  } catch (error) {
    return fileFailure('making the directory for kernel sources', settings.reposDir, error);
  }
  const lock = await takeLock({
    name: `tree:${way.tree}`, holder: `a run that fetches ${entry.text}`, signal: work.signal,
    onWait: (holder) => work.say(`waiting for ${holder}`),
  });
  if (lock === undefined) return interrupted(work.signal);
  try {
    if (existsSync(way.tree)) return existing(entry, way.tree); // whoever held the lock has made it
    const made = await way.make();
    if (isFailure(made)) {
      const said = entry.kind === 'distro' ? failedDownload(made) : undefined;
      return said === undefined ? made : { why: said.at(-1) ?? 'its download failed', fix: [shown(asRoot(['apt-get', 'update'], { uid: process.getuid?.() ?? 0 }))] };
    }
  } finally {
    await lock.release();
  }
  return existing(entry, way.tree);
}

function existing(entry: SourceEntry, path: string): Result<Choice> {
  const tree = lookAtTree(path);
  return isFailure(tree) ? tree : { entry: entry.text, tree: tree.path };
}

async function whyUnavailable(entry: SourceEntry, request: ObtainRequest): Promise<Result<string | undefined>> {
  const { processes, work, settings } = request;
  switch (entry.kind) {
    case 'git': return gitUnavailable(entry, settings.sourceTimeoutMs, processes, work.signal);
    case 'download': return downloadUnavailable(entry, settings.sourceTimeoutMs, processes, work.signal);
    case 'archive': return existsSync(entry.path) ? undefined : `there is no ${entry.path}`;
    case 'dir':
    case 'distro': return undefined;
  }
}

/** What is said where a mirror does not answer, or the lists name a package that it no longer has. */
function failedDownload(failure: Failure): readonly string[] | undefined {
  if (!hostFailure.is(failure, 'command-failed') || !['apt-get', 'dnf'].includes(failure.detail.argv[0] ?? '')) return undefined;
  return failure.detail.tail;
}
