import { failuresOf } from '../report/failure.ts';

type GraphReason =
  | { reason: 'cycle'; path: readonly string[] }
  | { reason: 'unknown-target'; name: string; known: readonly string[]; nearest: string | undefined };

export const graphFailure = failuresOf<GraphReason>({
  cycle: (d) => ({ what: `the targets depend on each other in a cycle: ${d.path.join(' → ')}` }),
  'unknown-target': (d) => ({
    what: `there is no target '${d.name}'${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    why: [`Targets: ${d.known.join(', ')}`],
  }),
});
