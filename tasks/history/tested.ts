/** A commit that was tested, and what came of it. Data only. */
import type { Verdict } from './verdict.ts';

export interface Tested {
  readonly commit: string;
  readonly subject: string;
  /** Whether there was a kernel to run. */
  readonly build: 'ok' | 'failed';
  readonly verdict: Verdict;
  /** In words. */
  readonly why: string;
  /** Building and running, ms. */
  readonly tookMs: number;
  readonly log?: string | undefined;
  /** The directory of what is kept of it. */
  readonly evidence?: string | undefined;
}
