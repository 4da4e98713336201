/** KUnit's suites in a tree's sources: their names, and the options that build them in. Pure. */

/** A suite, as its source has it. */
export interface Suite {
  readonly name: string;
  /** From the tree's top. */
  readonly file: string;
  /** Any one of them builds it, without `CONFIG_`; none where its makefile does not say. */
  readonly options: readonly string[];
}

/** Whether a file's name is one that suites are in. (Documentation/dev-tools/kunit/style.rst, and what is found besides) */
export const mayHoldSuites = (name: string): boolean => /(?:test|kunit)[^/]*\.c$/i.test(name);

/** The names of the suites that a source defines. */
export function suiteNames(source: string): string[] {
  if (!/\bkunit_(?:suite|test_suites?)\b/.test(source)) return [];
  const names = [...source.matchAll(/\bstruct\s+kunit_suite\s+\w+\s*=\s*\{[^}]*?\.name\s*=\s*"([^"]+)"/g)].map((match) => match[1] ?? '');
  return [...new Set(names)];
}

/**
 * The options by which a makefile builds an object: `obj-$(CONFIG_X) += a.o`,
 * or as a part of another object (`b-y += a.o`, `b-objs := a.o`, `b-$(CONFIG_X) += a.o`).
 */
export function optionsOf(makefile: string, object: string, depth = 0): string[] {
  const lines = makefile.replaceAll(/\\\n/g, ' ').split('\n');
  const found = lines.flatMap((line) => {
    const [, stem = '', by = '', objects = ''] = /^\s*([\w-]+)-(\$\(CONFIG_\w+\)|y|objs|m)\s*(?:[:+]?=)\s*(.*?)(?:#.*)?$/.exec(line) ?? [];
    if (!objects.split(/\s+/).includes(object)) return [];
    const option = /CONFIG_(\w+)/.exec(by)?.[1];
    if (option !== undefined) return [option];
    // A part of another: what builds that one builds it.
    return stem !== 'obj' && depth < 3 ? optionsOf(makefile, `${stem}.o`, depth + 1) : [];
  });
  return [...new Set(found)];
}

/** Whether a name matches a glob as KUnit's filter has it: `*` and `?`. */
export const matchesGlob = (glob: string, name: string): boolean => new RegExp(`^${asExpression(glob)}$`).test(name);

/** A glob as an extended regular expression. */
export function asExpression(glob: string): string {
  // A filter may go on with a test's name: `suite.test`.
  const suite = glob.split('.')[0] ?? glob;
  return suite.replaceAll(/[+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
}
