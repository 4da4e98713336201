/** Whether a quick build failed by the code's fault, or perhaps by its own. Pure. */
import { diagnostics, outsideCause } from '../make/output.ts';

/** An error that names its place in a file: make's compiler would say the same. */
const located = /^\S+?:\d+(?::\d+)?: (?:fatal error|error|Error): (?!.*No such file or directory)/;

/** What the linker and modpost say of the code. */
const ofTheLink = /undefined reference to|undefined symbol|multiple definition of|duplicate symbol|^ERROR: modpost: .*(?:undefined!|Section mismatches)|in discarded section/;

/**
 * Whether make, which may first make a header or a tool that is missing,
 * might get further than a quick build that ended with these lines. Not so
 * where the code is at fault, the disk is full, or a compiler was killed.
 */
export function makeMaySucceed(errors: readonly string[]): boolean {
  if (outsideCause(errors) !== undefined) return false;
  const found = diagnostics(errors).filter(({ kind }) => kind === 'error');
  return found.length === 0 || !found.some(({ lines }) => lines.some((line) => located.test(line) || ofTheLink.test(line)));
}

/** The line to show for it. */
export function firstError(errors: readonly string[]): string {
  const error = diagnostics(errors).find(({ kind }) => kind === 'error')?.lines;
  return error?.find((line) => /error|No such file|not found/i.test(line)) ?? errors.at(-1) ?? 'no error message';
}
