/** A build that failed because the tree makes warnings errors, and the compiler knows more of them than the tree's authors could. Pure. */

/** The warnings that were made errors, by their names: 'use-after-free'; each once. */
export function promotedWarnings(said: readonly string[]): string[] {
  return [...new Set(said.flatMap((line) => / error: .*\[-Werror=([\w+-]+)(?:=\d+)?\]/.exec(line)?.[1] ?? []))];
}

/** Whether an old objtool stopped at what a newer binutils makes: no symbols of sections from 2.36 on, and no table where there are none at all. */
export function objtoolStopped(said: readonly string[]): boolean {
  return said.some((line) => /objtool: (?:missing symbol table|can't find .*symbol)/.test(line));
}

/** The variable of make that reaches the compiler of a file, by the file's path; `known`: whether there is such a file in the tree. */
export function variableFor(said: readonly string[], known: (path: string) => boolean): 'CC' | 'HOSTCC' | 'KCFLAGS' {
  const path = said.map((line) => /^([^\s:]+):\d+(?::\d+)?: error: /.exec(line)?.[1]).find((one) => one !== undefined) ?? '';
  // The makefiles below tools/ name files as seen from their own directories.
  if (/^(?:tools|scripts|usr|certs)\//.test(path) || !known(path)) return 'HOSTCC';
  // These do not take the flags of the rest.
  return /^arch\/x86\/(?:boot|realmode|purgatory|entry\/vdso)\//.test(path) ? 'CC' : 'KCFLAGS';
}
