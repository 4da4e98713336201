/** A step of `bridge up`: one command, and what undoes it. */

export interface Step {
  /** What it is for, in a few words. */
  readonly title: string;
  readonly argv: readonly string[];
  /**
   * The commands that undo it, in order. Each is harmless where the step was
   * never taken, or has been undone already: who undoes after a crash cannot
   * know whether the last step begun took effect.
   */
  readonly undo: readonly (readonly string[])[];
  /** What it does outlives a reboot (a file in /etc); all else is gone with it, and needs no undoing then. */
  readonly lasting?: true;
}

/** A shell's line as a command. `args` are its $1, $2, …, so that nothing needs quoting within it. */
export function shell(line: string, ...args: readonly string[]): string[] {
  return ['sh', '-c', line, 'sh', ...args];
}

/** A shell's line that appends its $2 to the file $1. */
export const append = 'printf %s "$2" >>"$1"';

/** All undo commands of the steps, in the order in which they are run: the last step's first. */
export function undoOf(steps: readonly Step[]): (readonly string[])[] {
  return [...steps].reverse().flatMap(({ undo }) => undo);
}
