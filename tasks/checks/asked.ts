/** What is asked to be checked: 'net/mptcp', 'net/mptcp:pm_netlink.sh', 'kunit:mptcp*', './repro.sh'. Pure. */
import { shellQuote } from '../text/values.ts';
import type { Result } from '../report/failure.ts';
import { checkFailure } from './reasons.ts';

/** One thing that is asked for. */
export type Asked =
  /** A kselftest collection, named from tools/testing/selftests/; without `program`, all its programs. */
  | { readonly kind: 'selftest'; readonly collection: string; readonly program: string | undefined; readonly args: readonly string[] }
  /** KUnit's suites whose names match; `*`: all. */
  | { readonly kind: 'kunit'; readonly glob: string }
  /** A program of one's own, by its path. */
  | { readonly kind: 'program'; readonly path: string; readonly args: readonly string[] };

const selftests = 'tools/testing/selftests/';

/**
 * Parses what was asked for. A path (`./x`, `/x`, `../x`) is a program of one's
 * own; anything else is a kselftest collection, but for `kunit`.
 *
 * @param args what stands after `--`: arguments of the one program that is asked for
 * @returns or `bad-check`
 */
export function parseAsked(words: readonly string[], args: readonly string[] = []): Result<Asked[]> {
  const asked: Asked[] = [];
  for (const word of words) {
    const one = parseOne(word, args);
    if (typeof one === 'string') return checkFailure({ reason: 'bad-check', word, wrong: one, fix: ['npm run check -- --help'] });
    asked.push(one);
  }
  if (args.length === 0) return asked;
  const [only] = asked;
  const takesThem = asked.length === 1 && (only?.kind === 'program' || (only?.kind === 'selftest' && only.program !== undefined));
  if (takesThem) return asked;
  const example = only?.kind === 'selftest' ? `${only.collection}:PROGRAM` : 'net/mptcp:mptcp_join.sh';
  return checkFailure({
    reason: 'bad-check', word: args.map(shellQuote).join(' '), wrong: 'arguments are for one program, and one alone must be named',
    fix: [`npm run check -- ${example} -- ${args.map(shellQuote).join(' ')}`],
  });
}

/** @returns a text: what is wrong with it */
function parseOne(word: string, args: readonly string[]): Asked | string {
  if (word === '') return 'it is empty';
  if (/^(?:\/|\.\.?\/)/.test(word)) return { kind: 'program', path: word, args };
  const colon = word.indexOf(':');
  const name = colon < 0 ? word : word.slice(0, colon);
  const after = colon < 0 ? undefined : word.slice(colon + 1);
  if (after === '') return 'nothing is named after the colon';
  if (name === 'kunit') {
    // What KUnit's own filter takes, and a shell would have to be asked for in quotes.
    if (after !== undefined && !/^[\w*?[\]., -]+$/.test(after)) return "a suite's name holds letters, digits, '_', '-', and '*' and '?' for others";
    return { kind: 'kunit', glob: after ?? '*' };
  }
  const collection = (name.startsWith(selftests) ? name.slice(selftests.length) : name).replace(/\/+$/, '');
  if (!/^\w[\w.-]*(?:\/[\w.-]+)*$/.test(collection) || collection.split('/').includes('..')) return "it isn't a kselftest collection's name; a program of your own begins with ./ or /";
  if (after?.includes('/')) return "a test is named without its collection's path";
  return { kind: 'selftest', collection, program: after, args };
}

/** As it is typed. */
export function askedWords(asked: Asked): string {
  switch (asked.kind) {
    case 'selftest': return asked.program === undefined ? asked.collection : `${asked.collection}:${asked.program}`;
    case 'kunit': return asked.glob === '*' ? 'kunit' : `kunit:${asked.glob}`;
    case 'program': return asked.path;
  }
}
