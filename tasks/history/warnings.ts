/** The warnings of builds, compared from one commit to the next. Pure. */
import { diagnostics, parseStep } from '../kernel/make/output.ts';

/** A warning, as the tool printed it. */
export type Warning = string;

/** Those in a build's log, each once. */
export function warningsIn(log: string): Warning[] {
  const said = log.split('\n').filter((line) => parseStep(line) === undefined);
  const found = diagnostics(said).filter(({ kind }) => kind === 'warning').flatMap(({ lines }) => lines.find((line) => /warning/i.test(line)) ?? []);
  return [...new Map(found.map((warning) => [essence(warning), warning])).values()];
}

/** Without what an edit elsewhere in the file changes: lines, columns, offsets. */
export function essence(warning: Warning): string {
  return warning.replaceAll(/:\d+(?=[:,])/g, '').replaceAll(/\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)?/g, '');
}

const fileOf = (warning: Warning): string => warning.split(':')[0] ?? '';

/**
 * A build tells the warnings of what it compiled, and nothing of the rest.
 *
 * @param known of the kernel as it was built before
 * @param told by this build
 * @param changed the files that are not what they were then: what they are compiled to was compiled again
 * @returns those of the kernel now, and which of them are new
 */
export function withBuild(known: readonly Warning[], told: readonly Warning[], changed: ReadonlySet<string>): { readonly known: readonly Warning[]; readonly added: readonly Warning[] } {
  const had = new Set(known.map(essence));
  const again = new Set(told.map(essence));
  return {
    known: [...known.filter((warning) => !changed.has(fileOf(warning)) && !again.has(essence(warning))), ...told],
    added: told.filter((warning) => !had.has(essence(warning))),
  };
}
