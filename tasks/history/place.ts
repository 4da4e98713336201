/** Where it is kept what the steps through a tree's history need: below STATE_DIR. Pure. */
import { join } from 'node:path';

export interface HistoryPlace {
  readonly dir: string;
  /** The worktree: the commits are checked out and built here, one after the other. */
  readonly tree: string;
  /** The bisect that is under way, or was the last. */
  readonly bisect: string;
  /** What git bisect is told. */
  readonly replay: string;
  /** The logs of the worktree's builds: its own, so that nothing of another tree's is among them. */
  readonly logs: string;
  /** The warnings of what is built there. */
  readonly warnings: string;
  /** A .config of the user's own, as it was when the command began. */
  config(by: 'bisect' | 'each'): string;
}

export function historyPlace(stateDir: string): HistoryPlace {
  const dir = join(stateDir, 'history');
  return {
    dir, tree: join(dir, 'tree'), bisect: join(dir, 'bisect.json'), replay: join(dir, 'bisect.log'), logs: join(dir, 'logs'), warnings: join(dir, 'warnings.json'),
    config: (by) => join(dir, `${by}.config`),
  };
}
