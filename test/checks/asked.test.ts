import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { askedWords, parseAsked } from '../../tasks/checks/asked.ts';
import { isFailure } from '../../tasks/report/failure.ts';

const wrong = (words: string[], args: string[] = []) => {
  const asked = parseAsked(words, args);
  return isFailure(asked) ? asked.words : undefined;
};

test('collections, their tests, KUnit, programs of one\'s own', () => {
  assert.equal(parseAsked(['net/mptcp', 'tools/testing/selftests/timers/', 'net/mptcp:diag.sh', 'kunit', 'kunit:mptcp*', './repro.sh', '/x/y', '../z']), [
    { kind: 'selftest', collection: 'net/mptcp', program: undefined, args: [] },
    { kind: 'selftest', collection: 'timers', program: undefined, args: [] },
    { kind: 'selftest', collection: 'net/mptcp', program: 'diag.sh', args: [] },
    { kind: 'kunit', glob: '*' },
    { kind: 'kunit', glob: 'mptcp*' },
    { kind: 'program', path: './repro.sh', args: [] },
    { kind: 'program', path: '/x/y', args: [] },
    { kind: 'program', path: '../z', args: [] },
  ]);
});

test('arguments go to the one program that is named', () => {
  assert.equal(parseAsked(['net/mptcp:mptcp_join.sh'], ['-C', '10']), [{ kind: 'selftest', collection: 'net/mptcp', program: 'mptcp_join.sh', args: ['-C', '10'] }]);
  assert.equal(parseAsked(['./a'], ['1']), [{ kind: 'program', path: './a', args: ['1'] }]);
  for (const words of [['net/mptcp'], ['net/mptcp:a', 'net/mptcp:b'], ['kunit'], []]) assert.match(wrong(words, ['-x'])?.what ?? '', /arguments are for one program/);
  assert.equal(wrong(['net/mptcp'], ['-C', 'a b'])?.fix, ["npm run check -- net/mptcp:PROGRAM -- -C 'a b'"]);
});

test('what cannot be meant is told, with a command', () => {
  for (const word of ['', 'net/mptcp:', 'kunit:', 'net//mptcp', 'net/../x', 'a b', 'kunit:a;b', 'net:x/y', '-x']) {
    assert.match(wrong([word])?.what ?? '', /^check '/, word);
    assert.ok((wrong([word])?.fix ?? []).length > 0, word);
  }
});

test('what is asked for is told as it is typed', () => {
  const typed = ['net/mptcp', 'net/mptcp:diag.sh', 'kunit', 'kunit:mptcp*', './repro.sh'];
  const asked = parseAsked(typed);
  assert.equal(isFailure(asked) ? [] : asked.map(askedWords), typed);
});

test.run();
