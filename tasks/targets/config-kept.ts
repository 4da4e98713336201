/** A .config that is the user's own: it is kept, and what it is kept from is said. */
import type { Settings } from '../../config/settings.ts';
import { newerReason } from '../graph/freshness.ts';
import type { Freshness, Made, TargetRecord, Work } from '../graph/target.ts';
import { stampOf } from '../host/files.ts';
import { withEnvironment } from '../text/make-variables.ts';
import type { Whose } from '../kernel/config/ownership.ts';
import { modulesOf, modulesWords } from '../kernel/config/modules.ts';
import { configFiles, shownPath } from '../kernel/config/sources.ts';
import { settingsArgs } from '../kernel/make/call.ts';
import { compilerCommand } from '../kernel/make/compiler.ts';

type Yours = Extract<Whose, { whose: 'yours' }>;

/** What is kept in the record of a run that kept it. */
export interface Kept {
  /** What changed since a .config was generated, or since it was first seen; it is not in this one. */
  readonly since: readonly string[];
  /** How many of its options are modules. */
  readonly modules: number;
}

/**
 * Fresh where all that a person should know of it was said. Only a run can say
 * it, once, and its record is what the next edit is judged by.
 */
export function judgeKept(settings: Settings, whose: Yours, past: TargetRecord | undefined, recipe: string): Freshness {
  const kept = keptOf(past);
  const note = noteOf(whose, kept?.since ?? []);
  const stale = (words: string): Freshness => ({ kind: 'stale', reason: { kind: 'state', words }, note });
  if (past === undefined) return stale(whose.before ? 'it was there before kloop' : 'edited by hand');
  if (!past.finished) return stale('edited by hand');
  if (past.recipe !== recipe) return stale('the settings changed');
  const [newest] = changedFiles(settings, past).sort((a, b) => b.stamp - a.stamp);
  if (newest !== undefined) return { kind: 'stale', reason: newerReason(newest.path, newest.stamp, past.startedMs, Date.now()), note };
  return { kind: 'fresh', note };
}

/** Says what is not in it, and changes nothing. */
export function keep(settings: Settings, whose: Yours, { past, say }: Pick<Work, 'past' | 'say'>, recipe: string): Made {
  const news = past === undefined ? [] : [
    ...changedFiles(settings, past).map(({ path }) => shownPath(settings, path)),
    ...(past.recipe === recipe ? [] : ['the settings']),
  ];
  if (news.length > 0) {
    const own = whose.before ? 'was there before kloop' : 'was edited by hand';
    say(`${news.join(', ')} changed, but .config ${own} and is kept without the change. To apply it: npm run config -- --reset`);
  }
  const modules = modulesOf(whose.text);
  const words = (keptOf(past)?.modules ?? 0) === modules.length ? undefined : modulesWords(modules);
  if (words !== undefined) say(words);
  for (const line of clangWords(settings, whose.text)) say(line);
  const since = [...new Set([...(keptOf(past)?.since ?? []), ...news])];
  const kept: Kept = { since, modules: modules.length };
  return { note: noteOf(whose, since), details: { kconfig: [], ...(past?.details as object | undefined), kept } };
}

/** make would go over to another compiler without a word, and compile everything again. */
function clangWords(settings: Settings, text: string): string[] {
  const compiler = compilerCommand(withEnvironment(settingsArgs(settings), process.env));
  return /^CONFIG_CC_IS_CLANG=y$/m.test(text) && !compiler.includes('clang') ? [`.config was made for clang, and ${compiler} builds it; LLVM=1 npm run kernel builds it with clang`] : [];
}

function keptOf(past: TargetRecord | undefined): Kept | undefined {
  return (past?.details as { readonly kept?: Kept } | undefined)?.kept;
}

function changedFiles(settings: Settings, past: TargetRecord): { path: string; stamp: number }[] {
  return configFiles(settings).flatMap((path) => {
    const stamp = stampOf(path);
    return stamp !== 'missing' && stamp >= past.startedMs ? [{ path, stamp }] : [];
  });
}

function noteOf(whose: Yours, since: readonly string[]): string {
  const own = whose.before ? 'it was there before kloop, and is kept' : 'edited by hand, kept';
  return `${own}${since.length === 0 ? '' : `; ${since.join(', ')} changed since`}: npm run config -- --reset generates it again`;
}
