import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { essence, warningsIn, withBuild } from '../../tasks/history/warnings.ts';

const unused = (line: number) => `net/mptcp/pm.c:${line}:6: warning: unused variable ‘x’ [-Wunused-variable]`;

test('a log: the warnings, each once, without the steps and the errors between them', () => {
  const log = [
    '  CC      net/mptcp/pm.o', 'net/mptcp/pm.c: In function ‘f’:', unused(12), '   12 |  int x;', '      |      ^', '  CC      net/core/dev.o',
    'vmlinux.o: warning: objtool: f+0x12: unreachable instruction', 'net/core/dev.c:3:1: error: expected ‘;’', unused(90),
  ].join('\n');
  assert.equal(warningsIn(log).map(essence), ['net/mptcp/pm.c: warning: unused variable ‘x’ [-Wunused-variable]', 'vmlinux.o: warning: objtool: f: unreachable instruction']);
  assert.equal(warningsIn(''), []);
});

test('one that only moved is not new; one of another file is', () => {
  const moved = withBuild([unused(12)], [unused(14)], new Set(['net/mptcp/pm.c']));
  assert.equal(moved, { known: [unused(14)], added: [] });
  const other = 'net/core/dev.c:3:1: warning: ‘g’ defined but not used [-Wunused-function]';
  assert.equal(withBuild([unused(12)], [other], new Set(['net/core/dev.c'])), { known: [unused(12), other], added: [other] });
});

test('one that was put right, and comes back, is new', () => {
  const right = withBuild([unused(12)], [], new Set(['net/mptcp/pm.c']));
  assert.equal(right, { known: [], added: [] });
  assert.equal(withBuild(right.known, [unused(12)], new Set(['net/mptcp/pm.c'])).added, [unused(12)]);
});

test('what was not compiled again keeps its warnings', () => {
  assert.equal(withBuild([unused(12)], [], new Set(['net/core/dev.c'])).known, [unused(12)]);
});

test.run();
