/** What can go wrong with a check, besides a test that fails. */
import { shellQuote } from '../text/values.ts';
import { failuresOf } from '../report/failure.ts';

type CheckReason =
  | { reason: 'bad-check'; word: string; wrong: string; fix: readonly string[] }
  | { reason: 'no-selftest'; collection: string; tree: string; why: 'missing' | 'no-makefile'; nearest: string | undefined; below: readonly string[] }
  | { reason: 'no-test'; collection: string; program: string; nearest: string | undefined; known: readonly string[] }
  | { reason: 'no-program'; path: string; why: 'missing' | 'directory' | 'not-executable' }
  | { reason: 'no-suite'; glob: string; nearest: string | undefined; known: readonly string[]; where: 'tree' | 'kernel' }
  | { reason: 'no-kunit'; why: 'off' | 'debugfs' }
  | { reason: 'selftest-build'; collection: string; said: readonly string[]; log: string; lacks: readonly { readonly what: string; readonly package: string }[] }
  | { reason: 'selftest-empty'; collection: string; log: string }
  | { reason: 'nothing-changed'; tree: string; since: string }
  | { reason: 'no-tests-for'; files: readonly string[] }
  | { reason: 'not-git'; tree: string }
  | { reason: 'no-maintainers'; tree: string }
  | { reason: 'report-unwritten'; option: 'junit' | 'report'; path: string; message: string };

const list = (names: readonly string[], most: number) => (names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`);

export const checkFailure = failuresOf<CheckReason>({
  'bad-check': (d) => ({ what: `check '${d.word}': ${d.wrong}`, fix: d.fix }),
  'no-selftest': (d) => ({
    what: d.why === 'missing'
      ? `${d.collection} isn't a kselftest collection: ${d.tree} has no tools/testing/selftests/${d.collection}`
      : `${d.collection} isn't a kselftest collection: tools/testing/selftests/${d.collection} has no Makefile`,
    why: d.below.length === 0 ? [] : [`Below it are: ${list(d.below, 12)}`],
    fix: [`npm run check -- ${d.nearest ?? d.below[0] ?? '--help'}`],
  }),
  'no-test': (d) => ({
    what: `${d.collection} has no test '${d.program}'${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    why: [`Its tests: ${list(d.known, 30)}`],
    fix: [`npm run check -- ${d.nearest === undefined ? d.collection : `${d.collection}:${d.nearest}`}`],
  }),
  'no-program': (d) => ({
    what: `${d.path} cannot be run: ${{ 'missing': 'there is no such file', 'directory': 'it is a directory', 'not-executable': "it isn't executable" }[d.why]}`,
    fix: [d.why === 'not-executable' ? `chmod +x ${shellQuote(d.path)}` : `ls -l ${shellQuote(d.path)}`],
  }),
  'no-suite': (d) => ({
    what: `${d.where === 'tree' ? 'the kernel has' : 'KUnit has run'} no suite '${d.glob}'${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    why: [d.known.length === 0 ? 'No suite is built in, or a module.' : `${d.where === 'tree' ? 'Its suites' : 'Built in or loaded, and run'}: ${list(d.known, 30)}`],
    fix: [`npm run check -- ${d.nearest === undefined ? 'kunit' : shellQuote(`kunit:${d.nearest}`)}`],
  }),
  'no-kunit': (d) => ({
    what: d.why === 'off' ? 'this kernel has no KUnit: CONFIG_KUNIT is off' : 'KUnit left no results in /sys/kernel/debug/kunit: CONFIG_KUNIT_DEBUGFS=y and CONFIG_DEBUG_FS=y are needed',
    why: ['A kernel given by --kernel, and a .config that was edited by hand, are used as they are.'],
    fix: ['npm run config -- --reset   # discards your edits', 'npm run check -- kunit'],
  }),
  'selftest-build': (d) => ({
    said: d.said,
    what: `the tests of ${d.collection} do not compile`,
    why: d.lacks.map((one) => `${one.what} is missing here; its package: ${one.package}`),
    log: d.log,
    fix: d.lacks.length === 0 ? [] : [`npm run check -- --install ${d.collection}`],
  }),
  'selftest-empty': (d) => ({ what: `${d.collection} has no tests that can be run by themselves`, log: d.log, fix: [`less tools/testing/selftests/${d.collection}/Makefile`] }),
  'nothing-changed': (d) => ({
    what: `nothing is changed in ${d.tree} ${d.since}, so there is nothing to check`,
    why: ['Name a test, or set CHECKS to what should always be checked.'],
    fix: ['npm run check -- net/mptcp'],
  }),
  'no-tests-for': (d) => ({
    what: `MAINTAINERS names no tests for what changed: ${list(d.files, 5)}`,
    why: ['Name a test, or set CHECKS to what should always be checked.'],
    fix: ['npm run check -- net/mptcp'],
  }),
  'not-git': (d) => ({
    what: `${d.tree} isn't a git repository, so kloop cannot tell which files changed`,
    why: ['Name a test, or set CHECKS to what should always be checked.'],
    fix: ['npm run check -- net/mptcp'],
  }),
  'no-maintainers': (d) => ({
    what: `${d.tree} has no MAINTAINERS file, so kloop cannot tell which tests belong to a change`,
    why: ['Name a test, or set CHECKS to what should always be checked.'],
    fix: ['npm run check -- net/mptcp'],
  }),
  'report-unwritten': (d) => ({ what: `the report ${d.path} could not be written: ${d.message}`, fix: [`npm run check -- --${d.option} PATH`] }),
});
