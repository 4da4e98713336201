/** What was edited recently and had no effect, and why: asked for by a key, so that a walk of the tree may take its half second. */
import { basename, dirname, join, relative } from 'node:path';
import { readText, stampOf } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { parseDotConfig } from '../../kernel/config/text.ts';
import { isFailure } from '../../report/failure.ts';
import { meaningOf, type Watched } from './watched.ts';
import { whyUnused, type WhyContext } from './why.ts';

interface RecentRequest {
  readonly watched: Watched;
  /** Edits since then, in ms since 1970. */
  readonly sinceMs: number;
  readonly processes: Pick<Processes, 'run'>;
}

const shown = 8;

/** Lines for the person, the newest edit first. */
export async function whyNothing({ watched, sinceMs, processes }: RecentRequest): Promise<string[]> {
  const found = await processes.run({
    argv: ['find', watched.tree, '-name', '.git', '-prune', '-o', '-type', 'f', '-newermt', `@${(sinceMs / 1000).toFixed(3)}`, '-print'],
    env: { LC_ALL: 'C' },
  });
  if (isFailure(found)) return ['the tree could not be searched'];
  const context = whyContext(watched);
  const edits = found.stdout.split('\n').filter((path) => path !== '').flatMap((path) => {
    const meaning = meaningOf(path, watched);
    const ignored = 'ignored' in meaning ? meaning.ignored === 'unused' : meaning.change.kind === 'perhaps';
    const stamp = stampOf(path);
    return ignored && stamp !== 'missing' && !byKbuild(path) ? [{ path, stamp }] : [];
  }).sort((a, b) => b.stamp - a.stamp);
  if (edits.length === 0) return ['no other file in the tree was edited'];
  const lines = edits.slice(0, shown).map(({ path }) => {
    const inTree = relative(watched.tree, path);
    return `${inTree}: ${whyUnused(inTree, context)}`;
  });
  return edits.length > shown ? [...lines, `and ${edits.length - shown} more`] : lines;
}

/** Kbuild keeps the command that made a file beside it: nobody has edited that one. */
function byKbuild(path: string): boolean {
  return stampOf(join(dirname(path), `.${basename(path)}.cmd`)) !== 'missing';
}

export function whyContext(watched: Pick<Watched, 'tree' | 'buildDir'>): WhyContext {
  const config = readText(join(watched.buildDir, '.config'));
  const values = parseDotConfig(typeof config === 'string' ? config : '');
  return {
    srcArch: 'x86',
    read: (path) => {
      const text = readText(join(watched.tree, path));
      return typeof text === 'string' ? text : undefined;
    },
    valueOf: (symbol) => {
      const value = values.get(symbol.slice('CONFIG_'.length));
      return value === 'y' || value === 'm' ? value : undefined;
    },
  };
}
