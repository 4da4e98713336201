/**
 * Which source was chosen. Kept for each list of sources: the same list gives
 * the same tree until it is asked again, so that a lost network never swaps a
 * tree; another list is another question.
 */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sharedStateDir, type Settings } from '../../../config/settings.ts';
import { readText, writeWhole } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { parseSourceEntries, type SourceEntry } from './entry.ts';
import { kernelFailure } from '../reasons.ts';

export interface Choice {
  /** The entry of KERNEL_SOURCES. */
  readonly entry: string;
  readonly tree: string;
}

type ChoiceSettings = Pick<Settings, 'kernelSources' | 'reposDir' | 'stateDir' | 'topDir' | 'tree'> & Partial<Pick<Settings, 'variant'>>;

/** What names the choice: the list, and the directory that its trees are in. */
export function choiceKey(settings: ChoiceSettings): string {
  return JSON.stringify([settings.reposDir, ...settings.kernelSources]);
}

function choicePath(settings: ChoiceSettings): string {
  return join(sharedStateDir(settings), 'source', `${createHash('sha256').update(choiceKey(settings)).digest('hex').slice(0, 12)}.json`);
}

/** The entries of KERNEL_SOURCES; or `bad-source`; or `no-tree`. */
export function sourceEntries(settings: ChoiceSettings): Result<SourceEntry[]> {
  if (settings.tree?.kind === 'none') return kernelFailure({ reason: 'no-tree', ...settings.tree });
  return parseSourceEntries(settings.kernelSources, { topDir: settings.topDir, home: homedir() });
}

export function readChoice(settings: ChoiceSettings): Choice | undefined {
  const text = readText(choicePath(settings));
  if (isFailure(text) || text === undefined) return undefined;
  try {
    const choice = JSON.parse(text) as Choice;
    return typeof choice.tree === 'string' && typeof choice.entry === 'string' ? choice : undefined;
  } catch {
    return undefined;
  }
}

export function writeChoice(settings: ChoiceSettings, choice: Choice): Result<void> {
  return writeWhole(choicePath(settings), `${JSON.stringify(choice)}\n`);
}

/**
 * The path of the tree that is built: without a look at the network, or at
 * the tree.
 *
 * @returns the path; `source-not-chosen`, when the target `source` has not run yet; or `no-tree`.
 */
export function chosenTree(settings: ChoiceSettings): Result<string> {
  if (settings.tree?.kind === 'own') return settings.tree.path;
  if (settings.tree?.kind === 'none') return kernelFailure({ reason: 'no-tree', ...settings.tree });
  const choice = readChoice(settings);
  if (choice !== undefined) return choice.tree;
  const entries = sourceEntries(settings);
  if (isFailure(entries)) return entries;
  // A list that begins with a directory leaves no choice to make.
  const first = entries[0];
  return first?.kind === 'dir' ? first.path : kernelFailure({ reason: 'source-not-chosen' });
}
