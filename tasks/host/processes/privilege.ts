/** Commands that need root: by sudo, one at a time, each shown before it runs. */
import { shellQuote } from '../../text/values.ts';

export interface Privilege {
  readonly uid: number;
}

/** The command as it must be run: itself when root, else by sudo. */
export function asRoot(argv: readonly string[], privilege: Privilege): string[] {
  return privilege.uid === 0 ? [...argv] : ['sudo', '--', ...argv];
}

/** A command as a person would type it. */
export function shown(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ');
}
