/** What git bisect is told, and what it answers: it chooses the next commit, also around those that cannot be tested. Pure. */
import type { Tested } from './tested.ts';

interface Ends {
  readonly good: string;
  readonly bad: string;
}

export type Next =
  /** About so many are left after it, in so many steps. */
  | { readonly kind: 'test'; readonly commit: string; readonly left: number; readonly steps: number }
  | { readonly kind: 'found'; readonly commit: string }
  /** Of those that are left none can be tested: it is one of them. */
  | { readonly kind: 'unclear'; readonly commits: readonly string[] };

/**
 * A log for `git bisect replay`. git's own state is made from it again before
 * each step, so that there is none which a kill could leave half written.
 */
export function replayText({ good, bad }: Ends, tested: readonly Pick<Tested, 'commit' | 'verdict'>[]): string {
  const between = tested.filter(({ commit }) => commit !== good && commit !== bad);
  return [
    "git bisect start '--no-checkout'", `git bisect bad ${bad}`, `git bisect good ${good}`,
    ...between.map(({ commit, verdict }) => `git bisect ${verdict} ${commit}`), '',
  ].join('\n');
}

interface Answer {
  /** What `git bisect log` prints. */
  readonly log: string;
  /** What the replay printed. */
  readonly said: string;
  /** BISECT_HEAD; `undefined`: there is none. */
  readonly head: string | undefined;
}

/** @returns `undefined` for an answer that is not understood */
export function nextIn({ log, said, head }: Answer): Next | undefined {
  const found = /^# first \S+ commit: \[([0-9a-f]+)\]/m.exec(log)?.[1];
  if (found !== undefined) return { kind: 'found', commit: found };
  const possible = [...log.matchAll(/^# possible first \S+ commit: \[([0-9a-f]+)\]/gm)].map((match) => match[1] ?? '');
  if (possible.length > 0) return { kind: 'unclear', commits: possible };
  const [, left, steps] = /^Bisecting: (\d+) revisions? left to test after this \(roughly (\d+) steps?\)$/m.exec(said) ?? [];
  return head === undefined || left === undefined ? undefined : { kind: 'test', commit: head, left: Number(left), steps: Number(steps) };
}
