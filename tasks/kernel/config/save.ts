/** Writing what was changed in a .config back into a fragment. Pure, but for its last step in config-edit.ts. */
import { optionLine, type Value } from './text.ts';
import { selectedBy } from './verify.ts';
import type { Kconfig } from './kconfig.ts';

export interface OptionChange {
  readonly option: string;
  readonly value: Value;
}

/**
 * What has to be asked for so that `before` becomes `after`: options that a
 * person can set and that differ. What another option turned on by itself
 * follows again by itself, and is left out.
 */
export function changesBetween(before: ReadonlyMap<string, Value>, after: ReadonlyMap<string, Value>, kconfig: Kconfig): OptionChange[] {
  const changes: OptionChange[] = [];
  for (const option of new Set([...after.keys(), ...before.keys()])) {
    const value = after.get(option) ?? 'n';
    if ((before.get(option) ?? 'n') === value) continue;
    if (!(kconfig.options.get(option) ?? []).some((definition) => definition.prompt)) continue;
    // An option that went away with what it depends on needs no line of its own.
    if (!after.has(option)) continue;
    if (value !== 'n' && selectedBy(option, after, kconfig).length > 0) continue;
    changes.push({ option, value });
  }
  return changes;
}

/** A fragment with the changes in it: replacing the option's line where it has one, else at its end. Comments and order stay. */
export function withChanges(fragment: string, changes: readonly OptionChange[], heading: string): string {
  const left = new Map(changes.map((change) => [change.option, change.value]));
  const lines = fragment.split('\n').map((line) => {
    const match = /^\s*(?:# CONFIG_(\w+) is not set|CONFIG_(\w+)=(?:"(?:[^"\\]|\\.)*"|[^\s#]*)(\s+#.*)?)\s*$/.exec(line);
    const option = match?.[1] ?? match?.[2];
    const value = option === undefined ? undefined : left.get(option);
    if (option === undefined || value === undefined) return line;
    left.delete(option);
    return `${optionLine(option, value)}${value === 'n' ? '' : (match?.[3] ?? '')}`;
  });
  const kept = lines.join('\n');
  if (left.size === 0) return kept;
  const begun = kept.trimEnd();
  const added = [...left].map(([option, value]) => `${optionLine(option, value)}\n`).join('');
  return `${begun}${begun === '' ? '' : '\n'}${begun.includes(heading) ? '' : `${begun === '' ? '' : '\n'}${heading}\n`}${added}`;
}
