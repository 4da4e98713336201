/** The host's tools that a collection's tests call, and the headers they include, found in their texts. Pure. */
import type { HostTool } from '../../config/packages.ts';

/** A test's source, or one that it reads. */
export interface TestFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Those of the tools that the files name: a program as a word of a script that
 * is not in a comment, a header in an `#include`. A name in a message counts as
 * well: one too many is told rather than one too few.
 */
export function toolsNamed(files: readonly TestFile[], tools: readonly HostTool[]): HostTool[] {
  const scripts = files.filter(({ name, text }) => /\.(?:sh|py)$/.test(name) || text.startsWith('#!')).map(({ text }) => text.replaceAll(/^\s*#.*$/gm, ''));
  const sources = files.filter(({ name }) => /\.[chS]$/.test(name)).map(({ text }) => text);
  return tools.filter(({ probe }) => {
    if (probe.kind === 'header') return sources.some((text) => text.includes(`#include <${probe.path}>`));
    if (probe.kind !== 'program') return false;
    return probe.names.some((name) => {
      const word = new RegExp(`(?:^|[\\s;&|(\`"'$])${name}(?=$|[\\s;&|)\`"'])`, 'm');
      return scripts.some((text) => word.test(text));
    });
  });
}
