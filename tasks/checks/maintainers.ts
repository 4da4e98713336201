/** What a change is about: MAINTAINERS' sections for its files, and the tests that these sections name. Pure. */

/** One section of MAINTAINERS. */
interface Section {
  readonly title: string;
  /** `F:` */
  readonly files: readonly string[];
  /** `X:` */
  readonly excluded: readonly string[];
}

/** A test that belongs to a change, and why. */
interface About {
  readonly collection: string;
  /** In words: the file, the section, its line. */
  readonly why: string;
}

const selftests = 'tools/testing/selftests/';

export function parseMaintainers(text: string): Section[] {
  const sections: { title: string; files: string[]; excluded: string[] }[] = [];
  let last = '';
  for (const line of text.split('\n')) {
    const [, letter, value = ''] = /^([A-Z]):\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (letter === undefined) {
      if (line.trim() !== '') last = line.trim();
      else last = '';
      continue;
    }
    if (last !== '') sections.push({ title: last, files: [], excluded: [] });
    last = '';
    if (letter === 'F') sections.at(-1)?.files.push(value);
    if (letter === 'X') sections.at(-1)?.excluded.push(value);
  }
  return sections.filter(({ files }) => files.length > 0);
}

/**
 * Whether a pattern covers a file: `dir/` all below it, `dir/*` the files in it,
 * a name the file, or all below where it is a directory. (MAINTAINERS, its
 * head; scripts/get_maintainer.pl, file_match_pattern)
 */
export function covers(pattern: string, file: string): boolean {
  const source = pattern.replace(/\/$/, '').replaceAll(/[.+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
  // A trailing slash, and a bare name that may be a directory's, take all that is below; a pattern of files does not.
  const below = pattern.endsWith('/') || !/[*?]/.test(pattern.slice(pattern.lastIndexOf('/') + 1));
  return new RegExp(`^${source}${below ? '(?:/.*)?' : ''}$`).test(file);
}

/** How much of a path a pattern says: the deepest one is nearest to the file. */
const depthOf = (pattern: string) => pattern.split('/').filter((part) => part !== '' && part !== '*').length;

/**
 * The selftest collections that belong to files. Of the sections that cover a file
 * those count that name it most closely and name tests: net/mptcp's, not all of
 * networking's.
 *
 * @param files paths from the tree's top
 * @param collections the tree's selftest collections
 */
export function testsFor(files: readonly string[], sections: readonly Section[], collections: readonly string[]): About[] {
  const found = new Map<string, string>();
  for (const file of files) {
    const own = collections.filter((collection) => file.startsWith(`${selftests}${collection}/`)).sort((a, b) => b.length - a.length)[0];
    if (own !== undefined) {
      found.set(own, found.get(own) ?? `${file} is one of its files`);
      continue;
    }
    const near = sections.flatMap((section) => {
      if (section.excluded.some((pattern) => covers(pattern, file))) return [];
      const pattern = section.files.filter((one) => covers(one, file)).sort((a, b) => depthOf(b) - depthOf(a))[0];
      const tests = pattern === undefined ? [] : collectionsOf(section, collections);
      return pattern === undefined || tests.length === 0 ? [] : [{ section, pattern, tests, depth: depthOf(pattern) }];
    });
    const deepest = Math.max(...near.map(({ depth }) => depth));
    // `F: *` and `F: */` cover all there is, and say nothing.
    if (deepest < 1) continue;
    for (const { section, pattern, tests } of near.filter(({ depth }) => depth === deepest)) {
      for (const { collection, by } of tests) found.set(collection, found.get(collection) ?? `${file} is in ${section.title} (F: ${pattern}), which names F: ${by}`);
    }
  }
  return [...found].map(([collection, why]) => ({ collection, why }));
}

/** The collections that a section's lines name: the very collection, or, where that is none itself, those in it. */
function collectionsOf(section: Section, collections: readonly string[]): { collection: string; by: string }[] {
  return section.files.filter((pattern) => pattern.startsWith(selftests) && pattern !== selftests).flatMap((by) => {
    const named = by.slice(selftests.length).replace(/\/\*?$/, '');
    const exact = collections.filter((collection) => covers(named, collection) && collection.split('/').length === named.split('/').length);
    // Files in it; those deeper (bpf/*/*mptcp*.c) are a small part of what would run.
    const above = collections.filter((collection) => by.startsWith(`${selftests}${collection}/`) && !by.slice(selftests.length + collection.length + 1).includes('/'));
    const below = collections.filter((collection) => collection.startsWith(`${named}/`));
    return (exact.length > 0 ? exact : above.length > 0 ? above : below).map((collection) => ({ collection, by }));
  });
}
