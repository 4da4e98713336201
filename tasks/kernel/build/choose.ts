/** The one decision between a quick build and make, from facts gathered before it. Pure. */
import type { Change } from '../inputs/changes.ts';
import type { BuildIndex } from '../inputs/index-model.ts';
import { bootDir, type Scope } from '../inputs/inputs.ts';
import { decide, type Decision, type QuickFacts } from '../quick/decide.ts';

/** How a build is done. `image`: the boot image alone, by the makefile of its directory. */
export type Choice = Decision | { kind: 'image' };

export interface ChoiceFacts {
  /** Whether a build may be quick at all: KERNEL_FAST, and nobody asked for make. */
  readonly fast: boolean;
  readonly scope: Scope;
  /** A build has been finished here. */
  readonly finished: boolean;
  /** The last build that did not succeed; `undefined` where the last one did. */
  readonly attempt: { readonly ended: boolean; readonly by: 'make' | 'quick'; readonly recipe: string } | undefined;
  readonly recipe: string;
  /** The recipe of the last run, finished or not. */
  readonly pastRecipe: string | undefined;
  /** Since the last finished build. */
  readonly changes: readonly Change[];
  /** Asked for only where a quick build is possible so far: it is a megabyte to read. */
  readonly index: () => BuildIndex | undefined;
  /** Whether the variables that the top makefile exports are known, for a boot image. */
  readonly exported: () => boolean;
  /** What the tree's makefiles say, for these edited files; `undefined` where it is not known. */
  readonly quick: (index: BuildIndex, edited: ReadonlySet<string>) => QuickFacts | undefined;
  /** Shortens a path for a person. */
  readonly short: (path: string) => string;
}

export function choose(facts: ChoiceFacts): Choice {
  const { attempt, changes } = facts;
  // The common case: then nothing more is read.
  if (changes.length === 0 && attempt === undefined && facts.finished) return { kind: 'make', why: 'nothing has changed' };
  const refusal = refused(facts);
  if (refusal !== undefined) return { kind: 'make', why: refusal };
  if (facts.scope === 'image') return chooseImage(facts);
  const index = facts.index();
  if (index === undefined) return { kind: 'make', why: 'there is no index yet' };
  // A build that did not finish has left neither a vmlinux nor objects to compare with.
  const edits = attempt === undefined ? changes : changes.filter((change) => change.kind !== 'output' && change.kind !== 'product');
  const edited = new Set(edits.flatMap((change) => (change.kind === 'edited' || change.kind === 'unsure' ? [change.path] : [])));
  return decide(edits, index, facts.quick(index, edited), facts.short);
}

/**
 * A boot image whose vmlinux is up to date: Kbuild's own rules for its one
 * directory see to everything in there, and to the headers that the build of
 * vmlinux has made again. What something else wrote over there is for make,
 * after a repair.
 */
function chooseImage({ changes, exported, short }: ChoiceFacts): Choice {
  const made = changes.filter((change) => change.kind === 'output' || change.kind === 'product');
  const spoilt = made.find((change) => change.path.includes(`/${bootDir}/`));
  if (spoilt !== undefined) return { kind: 'make', why: `${short(spoilt.path)} ${spoilt.missing ? 'is missing' : 'was changed by something other than kloop'}` };
  return exported() ? { kind: 'image' } : { kind: 'make', why: 'the variables that the top makefile exports are not known yet' };
}

/** Why no quick build is thought of. */
function refused({ fast, finished, attempt, recipe, pastRecipe }: ChoiceFacts): string | undefined {
  if (!fast) return 'KERNEL_FAST=off';
  if (!finished) return 'the first build';
  if (attempt !== undefined && !attempt.ended && attempt.by !== 'quick') return 'the last build was interrupted';
  if (attempt !== undefined && attempt.recipe !== recipe) return 'the last build had a different recipe';
  if (pastRecipe !== undefined && pastRecipe !== recipe) return 'its recipe changed';
  return undefined;
}
