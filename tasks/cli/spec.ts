/**
 * What a command is: its options, operands and help, declared once. Parsing,
 * `--help` and shell completion are all made from this.
 */

import type { Parsed } from '../text/values.ts';

export interface OptionSpec {
  /** As commander writes them: '-v, --dmesg', '--disk, --disks <files...>', '--mem <size>', '--kopts <options...>'. */
  readonly flags: string;
  readonly summary: string;
  /** The setting that it overrides: its value is checked as that setting's. A flag without a value gives `value`. `paths`: a list of them, which start where the person is. */
  readonly setting?: { readonly key: string; readonly value?: string; readonly is?: 'paths' };
  readonly choices?: readonly string[];
  /** What a value becomes; a wrong one is refused with these words. */
  readonly parse?: (text: string) => Parsed<unknown>;
  /** It may be given again: its values are a list, as those of '<files...>' are. */
  readonly repeats?: boolean;
  /** What a shell offers for the value. */
  readonly completes?: 'file' | 'directory' | 'bridge' | 'user';
}

interface OperandSpec {
  readonly name: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** For the last one: any number of them. */
  readonly several?: true;
}

/** What several commands have in common, in words for the list of all. */
export const commandKinds = { target: 'What they need', reach: 'A VM that runs' } as const;
type CommandKind = keyof typeof commandKinds;

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** With others of the same kind it shares a line in the list of all commands. */
  readonly kind?: CommandKind;
  /** All are optional, and stand in this order. */
  readonly operands?: readonly OperandSpec[];
  /** What is done with the words after `--`; without it, such words are refused. */
  readonly guestCommand?: string;
  readonly options: readonly OptionSpec[];
  /** Command line after `npm run`, and what it is for. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}

/** A command line, parsed. */
export interface Call {
  /** Options by their long names in camel case: `dryRun`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
  /** The words after `--`. */
  readonly guestCommand: readonly string[];
  /** Options that were given, with their values, in the order of the command line. */
  readonly order: readonly { readonly name: string; readonly value: unknown }[];
}

/** Options that every command has. */
export const commonOptions: readonly OptionSpec[] = [
  { flags: '--tree <dir>', summary: 'kernel tree (default: the one you are in)', completes: 'directory' },
  { flags: '-q, --quiet', summary: 'show no progress' },
  { flags: '-h, --help', summary: 'show this help' },
];
