import type { WordsFor } from '../report/words.ts';

export type GraphReason =
  | { reason: 'cycle'; path: readonly string[] }
  | { reason: 'unknown-target'; name: string; known: readonly string[]; nearest: string };

export const graphWords: WordsFor<GraphReason> = {
  cycle: (d) => ({ what: `the targets need each other in a circle: ${d.path.join(' → ')}` }),
  'unknown-target': (d) => ({
    what: `there is no target '${d.name}'. Did you mean ${d.nearest}?`,
    why: [`Targets: ${d.known.join(', ')}`],
  }),
};
