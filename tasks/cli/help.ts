/** Help, made from the specs. At most a screen for each command. */
import { asTyped } from './as-typed.ts';
import { commandKinds, commonOptions, type CommandSpec, type OptionSpec } from './spec.ts';

/**
 * @param width columns of the terminal
 * @param typed command lines as this reader types them
 */
export function commandHelp(spec: CommandSpec, width: number, typed: (line: string) => string = asTyped): string {
  const operands = (spec.operands ?? []).map((o) => ` [${o.name}${o.several === true ? ' …' : ''}]`).join('');
  const lines = [
    typed(`npm run ${spec.name} -- [options]${operands}${spec.guestCommand === undefined ? '' : ' [-- command …]'}`),
    '',
    ...wrap(spec.summary, width, ''),
  ];
  const rows: [string, string][] = [
    ...(spec.operands ?? []).map((o): [string, string] => [o.name, o.choices === undefined ? o.summary : `${o.summary}: ${o.choices.join(', ')}`]),
    ...(spec.guestCommand === undefined ? [] : [['-- command …', spec.guestCommand] as [string, string]]),
    ...[...spec.options, ...commonOptions].map((o): [string, string] => [o.flags, `${o.summary}${settingOf(o)}`]),
  ];
  lines.push('', ...table(rows, width), '', 'Examples:', ...table(spec.examples.map(([line, meaning]): [string, string] => [typed(`npm run ${line}`), typed(meaning)]), width, 0.5));
  return `${lines.join('\n')}\n`;
}

/** The setting behind an option, for whoever types it each time. */
function settingOf({ setting }: OptionSpec): string {
  return setting === undefined ? '' : ` (${setting.key}${setting.value === undefined ? '' : `=${setting.value}`})`;
}

export function overallHelp(specs: readonly CommandSpec[], width: number, typed: (line: string) => string = asTyped): string {
  const lines = [
    'kloop takes a kernel developer from an edit to a shell in the edited kernel.',
    '',
    ...table(specs.filter(({ kind }) => kind === undefined).map((spec): [string, string] => [spec.name, spec.summary]), width),
    ...Object.entries(commandKinds).flatMap(([kind, title]) => {
      const names = specs.filter((spec) => spec.kind === kind).map(({ name }) => name);
      return names.length === 0 ? [] : wrap(`${title}: ${names.join(', ')}`, width, '  ');
    }),
    '',
    typed('npm run COMMAND -- [options]; --help lists them. Settings: config/defaults.env.'),
  ];
  return `${lines.join('\n')}\n`;
}

/** Two columns; a left one that is wider than its share has a line of its own. */
function table(rows: readonly (readonly [string, string])[], width: number, share = 0.4): string[] {
  const widest = Math.min(Math.max(0, ...rows.map(([left]) => left.length)), Math.max(16, Math.floor(width * share)));
  return rows.flatMap(([left, right]) => {
    const indent = ' '.repeat(widest + 4);
    const wrapped = wrap(right, width, indent);
    if (left.length > widest) return [`  ${left}`, ...wrapped];
    return [`  ${left.padEnd(widest)}  ${(wrapped[0] ?? '').trimStart()}`, ...wrapped.slice(1)];
  });
}

function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = indent;
    }
    line += line.trim() === '' ? word : ` ${word}`;
  }
  lines.push(line);
  return lines;
}
