/** What shows a run, and the words that all ways of showing it share. */
import type { RunEvent } from '../graph/event.ts';
import type { Progress } from '../graph/target.ts';

export interface Reporter {
  emit(event: RunEvent): void;
  /** Ends the display; what is written afterwards stands below it. */
  end(): Promise<void>;
}

export interface ReporterOptions {
  readonly quiet: boolean;
  readonly stderr: NodeJS.WriteStream;
  /** Shortens paths for a person: relative to the tree, `~` for the home directory. */
  readonly short: (path: string) => string;
  /** Names commands as the reader types them. */
  readonly asTyped: (text: string) => string;
  /** Something that runs may want the terminal for itself (sudo's password): a live list would write over it. */
  readonly sharesTerminal?: boolean;
}

/** '120/2100 CC net/mptcp/protocol.o'; the total is an estimate, and never less than what is done. */
export function progressWords(progress: Progress): string {
  if (progress.done === undefined) return progress.what;
  const total = progress.total === undefined ? '' : `/${progress.total < progress.done ? '?' : `~${progress.total}`}`;
  return `${progress.done}${total} ${progress.what}`;
}
