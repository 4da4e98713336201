/** Parses a command line by its spec, with commander. */
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { shellQuote } from '../text/values.ts';
import type { Failure } from '../report/failure.ts';
import { commonOptions, type Call, type CommandSpec, type OptionSpec } from './spec.ts';
import { hostFailure } from '../host/reasons.ts';

/** Splits at the first `--`: what is after it belongs to the guest, whatever it looks like. */
function splitGuestCommand(args: readonly string[]): { own: string[]; guestCommand: string[] | undefined } {
  const at = args.indexOf('--');
  return at < 0 ? { own: [...args], guestCommand: undefined } : { own: args.slice(0, at), guestCommand: args.slice(at + 1) };
}

/** @returns the parsed call, 'help' where help was asked for, or `bad-usage`. */
export function parseCall(spec: CommandSpec, args: readonly string[]): Call | 'help' | Failure {
  const { own, guestCommand } = splitGuestCommand(args);
  const [first] = own;
  if (spec.guestCommand !== undefined && spec.operands === undefined && first !== undefined && !first.startsWith('-')) {
    return usage(spec, `put the guest command after '--' (got '${first}' before it)`, [`npm run ${spec.name} -- -- ${[...own, ...(guestCommand ?? [])].map(shellQuote).join(' ')}`]);
  }
  const order: { name: string; value: unknown }[] = [];
  const command = buildCommand(spec);
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (value: unknown) => order.push({ name: option.attributeName(), value: value ?? true }));
  }
  try {
    command.parse(own, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const wrong = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    return usage(spec, wrong);
  }
  const options = command.opts<Record<string, unknown>>();
  if (options['help'] === true) return 'help';
  if (spec.guestCommand === undefined && guestCommand !== undefined && guestCommand.length > 0) {
    return usage(spec, `'${spec.name}' takes no command after '--'`);
  }
  const operands = command.args;
  if (operands.length > (spec.operands?.length ?? 0) && spec.operands?.at(-1)?.several !== true) {
    const extra = operands[spec.operands?.length ?? 0] ?? '';
    return spec.guestCommand === undefined
      ? usage(spec, `'${spec.name}' got an unexpected argument '${extra}'`)
      : usage(spec, `put the guest command after '--' (got '${extra}' before it)`, [`npm run ${spec.name} -- -- ${operands.join(' ')}`]);
  }
  for (const [i, operand] of (spec.operands ?? []).entries()) {
    const given = operands[i];
    if (given !== undefined && operand.choices !== undefined && !operand.choices.includes(given)) {
      return usage(spec, `${operand.name} '${given}' isn't one of ${operand.choices.join(', ')}`);
    }
  }
  return { options, operands, guestCommand: guestCommand ?? [], order };
}

/** The option that sets a key, as it is typed: '--mem' for VM_MEMORY. */
export function optionFor(spec: CommandSpec, key: string): string | undefined {
  const option = spec.options.find(({ setting }) => setting?.key === key);
  return option === undefined ? undefined : new Option(option.flags).long;
}

/** The settings that a call's options override. */
export function settingsOf(spec: CommandSpec, call: Call, cwd: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const option of spec.options) {
    if (option.setting === undefined) continue;
    const declared = new Option(option.flags);
    const given = call.options[declared.attributeName()];
    // `--no-NAME` is true by itself, and false where it was given.
    if (declared.negate ? given !== false : given === undefined || given === false) continue;
    if (option.setting.is === 'paths') {
      values[option.setting.key] = (given as string[]).map((path) => shellQuote(resolve(cwd, path))).join(' ');
      continue;
    }
    values[option.setting.key] = option.setting.value ?? (Array.isArray(given) ? given.join(',') : (given as string));
  }
  return values;
}

function buildCommand(spec: CommandSpec): Command {
  const command = new Command(spec.name)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    .helpOption(false)
    .allowExcessArguments(true)
    .argument('[words...]');
  for (const option of [...spec.options, ...commonOptions]) command.addOption(toOption(option));
  return command;
}

function toOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  if (spec.choices !== undefined) return option.choices([...spec.choices]);
  if (spec.parse === undefined && spec.repeats !== true) return option;
  const { parse = (text: string) => ({ value: text }) } = spec;
  const several = spec.repeats === true || option.variadic;
  // Where there is such a parser, commander leaves the gathering of several values to it.
  return option.argParser((text: string, before: unknown) => {
    const parsed = parse(text);
    if ('wrong' in parsed) throw new InvalidArgumentError(parsed.wrong);
    return several ? [...(Array.isArray(before) ? (before as unknown[]) : []), parsed.value] : parsed.value;
  });
}

function usage(spec: CommandSpec, wrong: string, fix: readonly string[] = [`npm run ${spec.name} -- --help`]): Failure {
  return hostFailure({ reason: 'bad-usage', wrong, fix });
}
