import type { Failure } from '../report/failure.ts';
import type { Progress, StaleReason } from './target.ts';

/** What a run tells whoever shows it. Times are in ms. */
export type RunEvent =
  /** First: what the run will look at, in order. */
  | { kind: 'planned'; targets: readonly { readonly target: string; readonly title: string }[] }
  | { kind: 'skipped'; target: string; title: string; note?: string | undefined }
  | { kind: 'waiting'; target: string; title: string; holder: string }
  | { kind: 'started'; target: string; title: string; reason: StaleReason | undefined }
  | { kind: 'progress'; target: string; title: string; progress: Progress }
  | { kind: 'said'; target: string; title: string; line: string }
  | { kind: 'finished'; target: string; title: string; elapsedMs: number; note?: string | undefined }
  | { kind: 'failed'; target: string; title: string; elapsedMs: number; failure: Failure };
