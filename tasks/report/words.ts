/** The one formatter of failures: what failed, the tool's own last lines, where the full log is, the command that mends it. */
import type { Failure } from './failure.ts';
import type { Reason } from './reasons.ts';
import { graphWords } from '../graph/reasons.ts';
import { hostWords } from '../host/reasons.ts';
import { kernelWords } from '../kernel/reasons.ts';
import { machineWords } from '../machine/reasons.ts';
import { networkWords } from '../network/reasons.ts';
import { targetWords } from '../targets/reasons.ts';

/** A failure in words. */
export interface Words {
  /** One line: what failed, and where. */
  readonly what: string;
  /** What the tool itself said, as it came: a compiler's lines go before all else. */
  readonly said?: readonly string[];
  /** Sentences that explain, a line each. */
  readonly why?: readonly string[];
  /** A file with all of it. */
  readonly log?: string | undefined;
  /** The commands that mend it, or lead there, in order. */
  readonly mend?: readonly string[];
}

/** A room's words: one function for each of its reasons. */
export type WordsFor<R extends { reason: string }> = {
  readonly [K in R['reason']]: (detail: Extract<R, { reason: K }>) => Words;
};

const all: WordsFor<Reason> = { ...hostWords, ...graphWords, ...kernelWords, ...machineWords, ...networkWords, ...targetWords };

export function wordsOf(failure: Failure): Words {
  const word = all[failure.detail.reason] as (detail: Reason) => Words;
  return word(failure.detail);
}

/** The whole message, as it goes to stderr; ends with a newline. */
export function formatFailure(failure: Failure): string {
  const words = wordsOf(failure);
  const lines = [
    ...(words.said ?? []),
    `kloop: ${words.what}`,
    ...(words.why ?? []).map((line) => `  ${line}`),
    ...(words.log === undefined ? [] : [`  Full log: ${words.log}`]),
    ...(words.mend ?? []).map((command, i) => (i === 0 ? `  Next: ${command}` : `        ${command}`)),
  ];
  return `${lines.join('\n')}\n`;
}
