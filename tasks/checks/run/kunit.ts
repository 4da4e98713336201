/** KUnit's results, as a guest has them in debugfs. Pure. */
import type { Outcome } from '../outcome.ts';
import { judge } from '../outcome.ts';
import { asExpression, matchesGlob } from '../suites.ts';
import { isBad, leavesOf, parseTap } from '../tap.ts';

const mark = 'kloop-suite ';

/**
 * What is run in the guest: modules that hold wanted suites are loaded, which runs
 * these; then each suite's results under its name. 3: there are none.
 *
 * A module with suites has a section for them (include/kunit/test.h), and its
 * name says so (Documentation/dev-tools/kunit/style.rst): not each of a
 * distribution's thousands is read. Suites that share a module come with it.
 */
export const readResults = (globs: readonly string[]): readonly string[] => ['sh', '-c', `
cd "/lib/modules/$(uname -r)" 2>/dev/null && [ -e modules.order ] && {
  modprobe -q kunit
  grep 'test\\|kunit' modules.order | while read -r module; do
    grep -sq kunit_test_suites "$module" && grep -aqE "$1" "$module" || continue
    name=\${module##*/}
    modprobe "\${name%%.ko*}"
  done
}
[ -d /sys/kernel/debug/kunit ] || exit 3
for suite in /sys/kernel/debug/kunit/*/; do
  [ -e "$suite/results" ] || continue
  echo "${mark}$(basename "$suite")"
  cat "$suite/results"
done`, 'sh', globs.map(asExpression).join('|')];

interface KunitSuite {
  readonly name: string;
  readonly text: string;
}

/** The suites that were run, and what each printed. */
export function suitesIn(output: string): KunitSuite[] {
  return output.split(new RegExp(`^${mark}`, 'm')).slice(1).map((part) => {
    const end = part.indexOf('\n');
    return { name: part.slice(0, end).trim(), text: part.slice(end + 1) };
  });
}

/**
 * An outcome for each suite whose name matches. KUnit ran them at boot: it tells no times.
 *
 * @param keep keeps what a suite printed, and gives the file's path
 */
export function outcomesOf(suites: readonly KunitSuite[], globs: readonly string[], keep: (suite: KunitSuite) => string | undefined = () => undefined): Outcome[] {
  return suites.filter(({ name }) => globs.some((glob) => matchesGlob(glob, name))).map(({ name, text }) => {
    const tap = parseTap(`${text}\n`);
    const lines = text.trimEnd().split('\n');
    const seen = tap?.cases ?? [];
    // The suite's own result has its name; its tests are below.
    const inner = seen.length === 1 && seen[0]?.name === name && seen[0].cases.length > 0 ? seen[0].cases : seen;
    const whole = tap === undefined ? undefined : { ...tap, cases: inner };
    return {
      id: `kunit:${name}`,
      ...judge({ status: leaves(whole).some(({ verdict }) => isBad(verdict)) ? 1 : 0, limitMs: 0, tap: whole, complaints: [], tail: lines, byKselftestsRules: false }),
      tookMs: 0, leaves: leaves(whole), oddities: tap?.wrong ?? [], complaints: [], tail: lines.slice(-20), log: keep({ name, text }),
      ...(tap === undefined ? { verdict: 'failed' as const, why: 'it left no results: it may not have come to its end' } : {}),
    };
  });
}

const leaves = (tap: ReturnType<typeof parseTap>) => (tap === undefined ? [] : leavesOf(tap.cases));
