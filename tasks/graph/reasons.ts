import type { WordsFor } from '../report/words.ts';

export type GraphReason =
  | { reason: 'cycle'; path: readonly string[] }
  | { reason: 'unknown-target'; name: string; known: readonly string[]; nearest: string | undefined };

export const graphWords: WordsFor<GraphReason> = {
  cycle: (d) => ({ what: `the targets need each other in a circle: ${d.path.join(' → ')}` }),
  'unknown-target': (d) => ({
    what: `there is no target '${d.name}'${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    why: [`Targets: ${d.known.join(', ')}`],
  }),
};
