/**
 * From a tool's input to a command line of kloop's. Pure. An option's value is in
 * one word with it; words that stand alone begin with no dash (schemas.ts), so
 * that a test named `--install` is refused, and installs nothing.
 */

export interface Line {
  /** The command's name and options. */
  readonly words: readonly string[];
  /** What is after `--`. */
  readonly command?: readonly string[];
}

export interface PlanInput { readonly target?: string | undefined }
export interface BuildInput { readonly image?: boolean | undefined }
export interface EvidenceInput { readonly name?: string | undefined }

/** What `run` and `check` have in common. */
interface VmInput {
  readonly kernel?: string | undefined;
  readonly timeout?: string | undefined;
  readonly memory?: string | undefined;
  readonly cpus?: number | undefined;
  readonly kernelOptions?: readonly string[] | undefined;
}

export interface RunInput extends VmInput { readonly command: readonly string[] }

export interface CheckInput extends VmInput {
  readonly tests?: readonly string[] | undefined;
  readonly arguments?: readonly string[] | undefined;
  readonly repeat?: number | undefined;
}

const option = (name: string, value: string | number | undefined): string[] => (value === undefined ? [] : [`--${name}=${value}`]);

const vmOptions = ({ kernel, timeout, memory, cpus, kernelOptions = [] }: VmInput): string[] => [
  ...option('kernel', kernel), ...option('timeout', timeout), ...option('mem', memory), ...option('cpus', cpus),
  ...kernelOptions.flatMap((one) => option('kopts', one)),
];

export const planLine = ({ target }: PlanInput): Line => ({ words: ['plan', '--json', ...(target === undefined ? [] : [target])] });

export const buildLine = ({ image = false }: BuildInput): Line => ({ words: ['kernel', ...(image ? [] : ['--no-image'])] });

export const runLine = (input: RunInput): Line => ({ words: ['vm', '--json', ...vmOptions(input)], command: input.command });

export const checkLine = ({ tests = [], arguments: args = [], repeat, ...vm }: CheckInput): Line => ({
  words: ['check', '--json', ...option('repeat', repeat), ...vmOptions(vm), ...tests], ...(args.length === 0 ? {} : { command: args }),
});

export const doctorLine: Line = { words: ['doctor', '--json'] };

export const evidenceLine: Line = { words: ['evidence', '--json'] };

export const evidenceTextLine = (name: string): Line => ({ words: ['evidence', 'show', name] });

/** @param tree what `--tree` named, when the server was started */
export function wordsOf({ words, command }: Line, tree: string | undefined): string[] {
  return [...words, ...option('tree', tree), ...(command === undefined ? [] : ['--', ...command])];
}
