import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Row } from '../../tasks/history/each.ts';
import type { Tested } from '../../tasks/history/tested.ts';
import { beginsLine, eachSummary, eachTable, foundLines, testedLine, unclearLines } from '../../tasks/history/words.ts';

const id = (letter: string) => letter.repeat(40);
const row = (letter: string, more: Partial<Row> = {}): Row => ({ commit: id(letter), subject: `net: ${letter}`, build: 'ok', verdict: 'good', why: 'status 0', tookMs: 1000, newWarnings: [], ...more });
const bad: Tested = row('b', { verdict: 'bad', why: 'the kernel complained: WARNING in f', evidence: '/tree/.kloop/evidence/one' });

test('a step: which commit, and how far it is', () => {
  const commit = { id: id('a'), subject: 'net: a' };
  assert.is(beginsLine(commit, 'bad'), 'aaaaaaaaaaaa net: a: is it bad?');
  assert.is(beginsLine(commit, { kind: 'test', commit: id('a'), left: 7, steps: 3 }), 'aaaaaaaaaaaa net: a (about 3 more steps, 7 commits)');
  assert.is(beginsLine(commit, { kind: 'test', commit: id('a'), left: 0, steps: 0 }), 'aaaaaaaaaaaa net: a (the last one)');
  assert.is(testedLine(bad), 'bbbbbbbbbbbb is bad: the kernel complained: WARNING in f (1.0 s)');
  assert.is(testedLine(row('c', { verdict: 'skip', why: 'the kernel does not compile: net/f.o' })), 'cccccccccccc cannot be tested: the kernel does not compile: net/f.o (1.0 s)');
});

test('the end: the commit, its evidence, the steps, how many', () => {
  const lines = foundLines({ id: id('b'), subject: 'net: b', author: 'A', date: 'today' }, { tested: [bad, row('a'), row('c', { verdict: 'skip' })] }, 'git bisect start\ngit bisect bad bb');
  assert.equal(lines, [
    `the first bad commit is ${id('b')}`, '  net: b', '  A, today', '  the kernel complained: WARNING in f', '  Evidence: /tree/.kloop/evidence/one',
    '  git bisect start', '  git bisect bad bb', '3 commits were tried, 1 of which could not be tested, in 3.0 s',
  ]);
  assert.equal(unclearLines([{ id: id('b'), subject: 'net: b' }, { id: id('c'), subject: 'net: c' }], { tested: [bad] }), [
    'the first bad commit is one of 2, between which no commit can be tested:', '  bbbbbbbbbbbb net: b', '  cccccccccccc net: c', '1 commit was tried, in 1.0 s',
  ]);
});

test('the table of a series', () => {
  const rows = [
    row('a'), row('b', { newWarnings: ['one', 'two'] }), row('c', { build: 'failed', verdict: 'skip', why: 'the kernel does not compile: net/f.o' }),
    row('d', { verdict: 'bad', why: 'status 1', newWarnings: undefined }), row('e', { verdict: 'skip', why: 'status 125: the command cannot tell' }),
  ];
  assert.is(eachTable(rows), [
    'commit        build           verdict  subject',
    'aaaaaaaaaaaa  ok              passed   net: a',
    'bbbbbbbbbbbb  2 new warnings  passed   net: b',
    'cccccccccccc  failed          not run  net: c   the kernel does not compile: net/f.o',
    'dddddddddddd  ok              failed   net: d   status 1',
    'eeeeeeeeeeee  ok              unclear  net: e   status 125: the command cannot tell',
    '',
  ].join('\n'));
  assert.is(eachSummary(rows, 6), '5 commits: 2 broken, first cccccccccccc; 1 not tested');
  assert.is(eachSummary([row('a')], 1), '1 commit: none is broken');
});

test.run();
