/** The saved command of an object, so that it makes the same object elsewhere, with the lines of its source. Pure. */
import { shellCommand, type CmdFile } from '../kernel/inputs/cmd-file.ts';

/** @returns the shell's text; `undefined` for a command that is not understood, or would write elsewhere */
export function debugCommand(saved: CmdFile, output: string): string | undefined {
  const text = shellCommand(saved.command);
  const depfile = /-Wp,-MM?D,([^\s,]+)/.exec(text)?.[1];
  const made = / -c -o (\S+)/.exec(text)?.[1];
  if (made !== saved.target || depfile === undefined || saved.source?.endsWith('.c') !== true) return undefined;
  const named = (path: string) => new RegExp(`(?<![\\w./-])${path.replaceAll(/[.+*?^$()[\]{}|\\]/g, '\\$&')}(?![\\w.-])`, 'g');
  const moved = text.replaceAll(named(depfile), () => `${output}.d`).replaceAll(named(made), () => output);
  // Anything else that is written is not ours to write.
  if (moved.includes('>') || moved.includes(made) || !moved.includes(` -c -o ${output}`)) return undefined;
  return moved.replace(` -c -o ${output}`, ` -g -c -o ${output}`);
}
