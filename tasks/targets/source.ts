/** The target `source`: a kernel tree. */
import { statSync } from 'node:fs';
import type { OwnTree } from '../../config/own-tree.ts';
import type { Settings } from '../../config/settings.ts';
import type { Target } from '../graph/target.ts';
import { mayWriteTo } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { choiceKey, readChoice, sourceEntries, writeChoice } from '../kernel/source/choice.ts';
import type { DistroRequest } from '../kernel/source/distro.ts';
import { obtainSource } from '../kernel/source/obtain.ts';
import { lookAtTree } from '../kernel/source/tree.ts';
import { kernelFailure } from '../kernel/reasons.ts';

interface SourceOptions {
  readonly settings: Settings;
  readonly processes: Processes;
  /** The targets that come first. */
  readonly needs?: readonly string[];
  /** Ask again which source is available, whatever was chosen before. */
  readonly choose?: boolean;
  /** A test's own distribution. */
  readonly host?: DistroRequest['host'];
}

/**
 * Fresh when the chosen tree is there: no file in it is an input, for its
 * content is the user's affair.
 */
export function sourceTarget({ settings, processes, needs = ['packages'], choose = false, host }: SourceOptions): Target {
  let chosen = !choose;
  return {
    name: 'source',
    title: 'kernel source',
    needs,
    key: () => choiceKey(settings),
    recipe: () => '',
    judge() {
      if (settings.tree?.kind === 'own') return Promise.resolve(judgeOwn(settings, settings.tree));
      const entries = sourceEntries(settings);
      if (isFailure(entries)) return Promise.resolve(entries);
      const choice = chosen ? readChoice(settings) : undefined;
      if (choice === undefined) {
        const words = choose ? 'choosing again' : `not chosen yet; the candidates: ${settings.kernelSources.join(', ')}`;
        return Promise.resolve({ kind: 'stale', reason: { kind: 'state', words } });
      }
      if (statSync(choice.tree, { throwIfNoEntry: false }) === undefined && !choice.entry.startsWith('dir:')) {
        return Promise.resolve({ kind: 'stale', reason: { kind: 'output-missing', path: choice.tree } });
      }
      const tree = lookAtTree(choice.tree);
      if (isFailure(tree)) return Promise.resolve(tree);
      return Promise.resolve({ kind: 'fresh', note: `Linux ${tree.version.text} in ${tree.path}, from ${choice.entry}${builtBeside(settings)}` });
    },
    async run(work) {
      // There is nothing to choose, nor to get.
      if (settings.tree?.kind === 'own') return judgeOwn(settings, settings.tree);
      const entries = sourceEntries(settings);
      if (isFailure(entries)) return entries;
      // A tree that was removed is made again from where it came, not from another source.
      const before = chosen ? readChoice(settings)?.entry : undefined;
      const wanted = entries.filter((entry) => before === undefined || entry.text === before);
      const choice = await obtainSource({ settings, entries: wanted, processes, work, ...(host === undefined ? {} : { host }) });
      if (isFailure(choice)) return choice;
      const written = writeChoice(settings, choice);
      if (isFailure(written)) return written;
      chosen = true;
      const tree = lookAtTree(choice.tree);
      return isFailure(tree) ? tree : { note: `Linux ${tree.version.text} in ${choice.tree}, from ${choice.entry}` };
    },
  };
}

/** Where it is built, and why there. */
const builtWords = ({ kernelBuildDir, kernelBuildDirBy }: Settings): string => (kernelBuildDir === undefined ? '' : `; built in ${kernelBuildDir} (${kernelBuildDirBy ?? ''})`);

/** Of a tree that has variants: which of its builds it is. */
const builtBeside = (settings: Settings): string =>
  (settings.variant === undefined && settings.given.some(({ key, layer }) => key === 'KERNEL_BUILD_DIR' && layer !== undefined) ? '' : builtWords(settings));

/** A tree that the person stands in or named is used as it is. */
function judgeOwn(settings: Settings, { path, why }: OwnTree): Result<{ kind: 'fresh'; note: string }> {
  const tree = lookAtTree(path);
  if (isFailure(tree)) return tree;
  if (settings.kernelBuildDir === undefined && !mayWriteTo(path)) return kernelFailure({ reason: 'tree-read-only', tree: path });
  return { kind: 'fresh', note: `Linux ${tree.version.text} in ${path} (${why})${builtWords(settings)}` };
}
