import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unexpected } from '../../tasks/console/known.ts';

const left = (title: string, ...known: string[]) => unexpected([{ title }], known).length;

test('a title, and one with a star', () => {
  assert.is(left('WARNING in mptcp_close', 'WARNING in mptcp_close'), 0);
  assert.is(left('WARNING in mptcp_close', 'WARNING in mptcp_*'), 0);
  assert.is(left('WARNING in tcp_close', 'WARNING in mptcp_*'), 1);
  assert.is(left('WARNING in mptcp_close', 'WARNING'), 1);
  assert.is(left('WARNING in f: N (x) [y]', '*: N (x) [y]'), 0);
  assert.is(left('WARNING in aXc', 'WARNING in a.c'), 1);
  assert.is(left('WARNING in f'), 1);
});

test.run();
