/** What a target is, to the graph. Nothing here knows of kernels. */
import type { Look } from '../host/files.ts';
import type { Fingerprint } from '../host/fingerprint.ts';
import type { Result } from '../report/failure.ts';

/** Why a target must be made. */
export type StaleReason =
  | { kind: 'output-missing'; path: string }
  /** It is not what the last run left. */
  | { kind: 'output-changed'; path: string }
  | { kind: 'never-built' }
  /** Killed, or asked to stop. */
  | { kind: 'interrupted' }
  /** It ended by itself without success, and nothing has changed since. */
  | { kind: 'failed' }
  | { kind: 'recipe-changed' }
  | { kind: 'input-newer'; path: string; byMs: number }
  /** Its time lies so far ahead of the clock: it is newer than whatever is made now. */
  | { kind: 'input-future'; path: string; aheadMs: number }
  | { kind: 'input-changed'; path: string }
  | { kind: 'input-missing'; path: string }
  | { kind: 'input-added'; path: string }
  /** The host's state: what a probe found, in words. */
  | { kind: 'state'; words: string };

/**
 * Whether a target is up to date. A note says what a person would want to know of a fresh one. `needless`: it need not be there.
 * `found`: the target's own; what its recipe need not find out again.
 */
export type Freshness =
  | { kind: 'fresh'; note?: string | undefined; needless?: true }
  | { kind: 'stale'; reason: StaleReason; note?: string | undefined; found?: unknown };

/** What is kept of a target's last run. */
export interface TargetRecord {
  /** When the recipe *started*, in ms by the file system's clock: what changed since then is newer. */
  readonly startedMs: number;
  /** The recipe's text or hash. */
  readonly recipe: string;
  /** False from before the recipe starts until it has succeeded: a killed run leaves it so. */
  readonly finished: boolean;
  /** When it failed, by the same clock; absent where it succeeded, or was interrupted. */
  readonly failedMs?: number | undefined;
  /** What it made, by path; `undefined` for a target that makes no files. */
  readonly outputs?: Readonly<Record<string, Fingerprint>> | undefined;
  /** The target's own notes to its next run. */
  readonly details?: unknown;
}

/** What a running recipe tells of itself. */
export interface Progress {
  /** What is being done now: 'CC net/mptcp/protocol.o'. */
  readonly what: string;
  readonly done?: number;
  /** An estimate. */
  readonly total?: number;
}

/** What a recipe is given to work with. */
export interface Work {
  readonly signal: AbortSignal;
  /** The file for the full output of what it runs. */
  readonly log: string;
  /** When it started, in ms by the file system's clock. */
  readonly startedMs: number;
  /** The record of the last run, where there is one. */
  readonly past: TargetRecord | undefined;
  /** Why it runs; `undefined` where it was asked to run in any case. */
  readonly reason: StaleReason | undefined;
  /** What `judge` has found out, after `startedMs`. */
  readonly found?: unknown;
  progress(progress: Progress): void;
  /** A line that a person should read, whatever way progress is shown. */
  say(line: string): void;
}

/** What a recipe leaves behind. */
export interface Made {
  /** One line for the person: 'chose distro: linux-source-6.1'. */
  readonly note?: string | undefined;
  readonly details?: unknown;
}

/** Something that can be up to date. */
export interface Target {
  readonly name: string;
  /** How a person calls the output: 'vmlinux', '.config'. */
  readonly title: string;
  /** The targets that come first. */
  readonly needs: readonly string[];
  /**
   * What it makes, as distinct from what it would make by other settings: a
   * path, usually. Its record and its lock go by name and key.
   */
  key(): Result<string>;
  /** What the recipe depends on besides its inputs: arguments, tool versions. */
  recipe(): Result<string>;
  /**
   * Compares, and changes nothing.
   *
   * @param look shared by the targets that are judged together, with no recipe run in between
   */
  judge(past: TargetRecord | undefined, look: Look): Promise<Result<Freshness>>;
  /**
   * The files that the recipe has made and nothing else may change: where one
   * is not as it was left, the target is stale.
   *
   * @param details what the recipe returned
   */
  outputs?(details: unknown): readonly string[];
  run(work: Work): Promise<Result<Made>>;
}
