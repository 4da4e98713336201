import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { leavesOf, parseTap, type Tap } from '../../tasks/checks/tap.ts';

const tap = (text: string): Tap => {
  const read = parseTap(text);
  if (read === undefined) throw new Error('it is not taken for TAP');
  return read;
};
/** 'name: verdict (why)'. */
const leaves = (read: Tap) => leavesOf(read.cases).map(({ name, verdict, why }) => `${name}: ${verdict}${why === undefined ? '' : ` (${why})`}`);

test("KUnit's, as 6.1 has it in debugfs: four spaces, a dash", () => {
  const read = tap('    # Subtest: mptcp-crypto\n    1..1\n    ok 1 - mptcp_crypto_test_basic\nok 1 - mptcp-crypto\n');
  assert.equal(leaves(read), ['mptcp-crypto: mptcp_crypto_test_basic: passed']);
  assert.equal(read.wrong, []);
});

test("KUnit's, as 6.12 has it on the console: KTAP in KTAP, two levels, times before each line", () => {
  const read = tap(`[    0.301234] KTAP version 1
[    0.301235] 1..2
[    0.301236]     KTAP version 1
[    0.301237]     # Subtest: example
[    0.301238]     # module: kunit_example_test
[    0.301239]     1..4
[    0.301240]     # example_simple_test: initializing
[    0.301241]     ok 1 example_simple_test
[    0.301242]     # example_skip_test: You should not see a line below.
[    0.301243]     ok 2 example_skip_test # SKIP this test should be skipped
[    0.301244]     # example_bad: EXPECTATION FAILED at lib/kunit/example.c:32
[    0.301245]     Expected 1 + 1 == 3, but
[    0.301246]     not ok 3 example_bad
[    0.301247]         KTAP version 1
[    0.301248]         # Subtest: example_params_test
[    0.301249]         ok 1 example value 3 # SKIP unsupported param value 3
[    0.301250]         ok 2 example value 2
[    0.301251]     # example_params_test: pass:1 fail:0 skip:1 total:2
[    0.301252]     ok 4 example_params_test
[    0.301253] # example: pass:2 fail:1 skip:1 total:4
[    0.301254] # Totals: pass:2 fail:1 skip:2 total:5
[    0.301255] not ok 1 example
[    0.301256] ok 2 other
`);
  assert.equal(leaves(read), [
    'example: example_simple_test: passed',
    'example: example_skip_test: skipped (this test should be skipped)',
    'example: example_bad: failed',
    'example: example_params_test: example value 3: skipped (unsupported param value 3)',
    'example: example_params_test: example value 2: passed',
    'other: passed',
  ]);
  assert.equal(read.wrong, []);
  assert.match(leavesOf(read.cases)[2]?.notes.join('\n') ?? '', /EXPECTATION FAILED[^]*Expected 1 \+ 1 == 3/);
});

test('KTAP by its book: nested by two spaces', () => {
  const read = tap('KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n    KTAP version 1\n    1..1\n    not ok 1 test_1\n  not ok 1 example_1\n  ok 2 example_2\nnot ok 1 main\n');
  assert.equal(leaves(read), ['main: example_1: test_1: failed', 'main: example_2: passed']);
  assert.equal(read.wrong, []);
});

test("kselftest's runner: each program's own TAP in comments, how it ended after a directive", () => {
  const read = tap(`TAP version 13
1..5
# timeout set to 45
# selftests: timers: posix_timers
# TAP version 13
# 1..3
# ok 1 check_itimer
# not ok 2 check_gettime # XFAIL known to fail
# ok 3 # SKIP check_sig: not root
# # Totals: pass:1 fail:0 xfail:1 xpass:0 skip:1 error:0
ok 1 selftests: timers: posix_timers
# selftests: timers: nanosleep
# Nanosleep CLOCK_REALTIME                  [OK]
not ok 2 selftests: timers: nanosleep # exit=1
#
not ok 3 selftests: timers: raw_skew # TIMEOUT 45 seconds
ok 4 selftests: timers: set-tz # SKIP
# ok that was that
ok 5 selftests: timers: last
`);
  assert.equal(leaves(read), [
    'selftests: timers: posix_timers: check_itimer: passed',
    'selftests: timers: posix_timers: check_gettime: expected (known to fail)',
    'selftests: timers: posix_timers: check_sig: not root: skipped',
    'selftests: timers: nanosleep: failed (exit=1)',
    'selftests: timers: raw_skew: timed-out (45 seconds)',
    'selftests: timers: set-tz: skipped',
    'selftests: timers: last: passed',
  ]);
  assert.equal(read.wrong, []);
});

test("kselftest_harness's", () => {
  const read = tap(`TAP version 13
1..3
# Starting 3 tests from 2 test cases.
#  RUN           global.mode_strict_support ...
#            OK  global.mode_strict_support
ok 1 global.mode_strict_support
#  RUN           global.kcmp ...
# seccomp_bpf.c:103:kcmp:Expected 0 (0) == ret (-1)
# kcmp: Test failed at step #3
#          FAIL  global.kcmp
not ok 2 global.kcmp
#  RUN           TRAP.dfl ...
#      SKIP      Kernel does not support it
ok 3 TRAP.dfl # SKIP Kernel does not support it
# FAILED: 2 / 3 tests passed.
# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0
`);
  assert.equal(leaves(read), ['global.mode_strict_support: passed', 'global.kcmp: failed', 'TRAP.dfl: skipped (Kernel does not support it)']);
});

test('TAP 14: a plan at the end, subtests by four spaces, TODO, an escaped hash', () => {
  const read = tap('TAP version 14\n# Subtest: foo\n    ok 1 - bar\n    not ok 2 - later # TODO not yet\n    1..2\nok 1 - foo\nok 2 - a \\# in the name\nok - without a number\n1..3\n');
  assert.equal(leaves(read), ['foo: bar: passed', 'foo: later: expected (not yet)', 'a # in the name: passed', 'without a number: passed']);
  assert.equal(read.wrong, []);
  assert.is(read.noPlan, false);
});

test('fewer results than planned, in the middle and at the end; more; none', () => {
  assert.equal(tap('TAP version 13\n1..3\nok 1 a\nok 2 b\n').wrong, ['the test: 3 results were planned, and 2 came']);
  assert.equal(tap('1..1\nok 1 a\nok 2 b\n').wrong, ['the test: 1 results were planned, and 2 came']);
  assert.equal(tap('1..1\n    1..2\n    ok 1 a\nok 1 suite\n').wrong, ['suite: 2 results were planned, and 1 came']);
  assert.equal(tap('TAP version 13\n1..2\n').wrong, ['the test: 2 results were planned, and 0 came']);
});

test('a suite that crashed has no result of its own: what there is of it counts', () => {
  const read = tap('KTAP version 1\n1..2\n    # Subtest: one\n    1..2\n    ok 1 a\nok 1 one\n    # Subtest: two\n    1..3\n    not ok 1 b\n');
  assert.equal(leaves(read), ['one: a: passed', 'b: failed']);
  assert.equal(read.wrong, ['one: 2 results were planned, and 1 came', 'the test: 2 results were planned, and 1 came']);
});

test('no plan is told; a bail-out, with its reason; the whole skipped', () => {
  assert.is(tap('TAP version 13\nok 1 a\n').noPlan, true);
  assert.is(tap('TAP version 13\n1..2\nok 1 a\nBail out! no network\n').bailOut, 'no network');
  assert.is(tap('# Bail out!\n').bailOut, '');
  assert.is(tap('TAP version 13\n1..0 # SKIP need root\n').skipped, 'need root');
  assert.is(tap('1..0 # Skipped: no module\n').skipped, '');
});

test('garbage in between is kept as notes of the next result, twenty lines of it', () => {
  const read = tap(`1..2\nok 1 a\n${Array.from({ length: 30 }, (_, i) => `\u001b[31mnoise ${i}\u001b[0m\r\n`).join('')}\0\0 binary\nnot ok 2 b\n`);
  const [, b] = leavesOf(read.cases);
  assert.is(b?.notes.length, 20);
  assert.is(b?.notes[0], 'noise 11');
});

test('a suite that failed while none of its tests did is told', () => {
  assert.equal(leaves(tap('1..1\n    1..1\n    ok 1 a\nnot ok 1 suite\n')), ['suite: a: passed', 'suite: failed']);
});

test('what has no version and no plan is not TAP', () => {
  assert.is(parseTap('ok\nnot ok with this\nall fine\n'), undefined);
  assert.is(parseTap(''), undefined);
});

test('a hundred thousand results are read in linear time', () => {
  const before = process.cpuUsage();
  const read = tap(`1..100000\n${Array.from({ length: 100_000 }, (_, i) => `ok ${i + 1} test ${i}`).join('\n')}\n`);
  assert.is(read.cases.length, 100_000);
  // Of the processor's time, which a busy host does not stretch; 0.5 s of it were measured.
  assert.ok(process.cpuUsage(before).user < 5_000_000);
});

test.run();
