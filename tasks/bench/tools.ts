/** What the measurements work with. */
import type { Context } from '../commands/shared/context.ts';
import type { BuildDirs } from '../kernel/inputs/index-model.ts';
import type { Comparison, Measured } from './pairs.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Tools {
  readonly context: Context;
  readonly tree: BuildDirs;
  /** make and its arguments, without a goal. */
  readonly make: { readonly argv: readonly string[]; readonly env: Env };
  readonly jobs: number;
  /** Runs a command; throws where it fails. */
  run(argv: readonly string[], cwd?: string, env?: Env): Promise<void>;
  /** Runs a command and gives its stdout; throws where it fails. */
  capture(argv: readonly string[]): Promise<string>;
  /** The words that start kloop. */
  kloopArgv(...args: string[]): string[];
  kloop(...args: string[]): Promise<void>;
}

/** Comparisons, and what cannot be compared here. */
export interface Part {
  readonly comparisons: readonly Comparison[];
  /** In words: what is not compared, and why. */
  readonly absent: readonly string[];
  /** What another program measures, in namespaces of its own. */
  readonly elsewhere?: {
    readonly names: readonly string[];
    measure(pairs: number, wanted: string): Promise<Measured[]>;
  };
  /** Takes back what was edited. */
  readonly restore?: () => Promise<void>;
}
