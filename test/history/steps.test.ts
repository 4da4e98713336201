import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nextIn, replayText } from '../../tasks/history/steps.ts';

test('what git is told: the ends once, then the steps in order', () => {
  assert.is(replayText({ good: 'a1', bad: 'b2' }, [{ commit: 'b2', verdict: 'bad' }, { commit: 'a1', verdict: 'good' }, { commit: 'c3', verdict: 'skip' }, { commit: 'd4', verdict: 'good' }]),
    "git bisect start '--no-checkout'\ngit bisect bad b2\ngit bisect good a1\ngit bisect skip c3\ngit bisect good d4\n");
});

const log = "git bisect start '--no-checkout'\n# bad: [b2] bad\ngit bisect bad b2\n# good: [a1] good\ngit bisect good a1\n";

test('what it answers: the next one, one that is found, some of which it is one', () => {
  assert.equal(nextIn({ log, said: 'Bisecting: 7 revisions left to test after this (roughly 3 steps)\n[c3] subject\n', head: 'c3' }), { kind: 'test', commit: 'c3', left: 7, steps: 3 });
  assert.equal(nextIn({ log, said: 'Bisecting: 0 revisions left to test after this (roughly 1 step)\n', head: 'c3' }), { kind: 'test', commit: 'c3', left: 0, steps: 1 });
  assert.equal(nextIn({ log: `${log}# first bad commit: [d4] a subject\n`, said: '', head: 'c3' }), { kind: 'found', commit: 'd4' });
  assert.equal(nextIn({ log: `${log}# only skipped commits left to test\n# possible first bad commit: [d4] one\n# possible first bad commit: [c3] two\n`, said: '', head: 'c3' }), { kind: 'unclear', commits: ['d4', 'c3'] });
});

test('what is none of these is not taken for one', () => {
  assert.is(nextIn({ log, said: 'error: something else\n', head: 'c3' }), undefined);
  assert.is(nextIn({ log, said: 'Bisecting: 7 revisions left to test after this (roughly 3 steps)\n', head: undefined }), undefined);
});

test.run();
