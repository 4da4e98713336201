import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gitIn } from '../../tasks/history/git.ts';
import { readWarnings } from '../../tasks/history/known-warnings.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { littleHistory } from './little-history.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
test.after(() => { rmSync(dir, { recursive: true }); });

const place = { warnings: join(dir, 'warnings.json'), logs: join(dir, 'logs') };
const warning = (name: string) => `net/${name}.c:1:1: warning: unused variable [-Wunused]`;
const log = (n: number, ...names: string[]) => writeFileSync(join(place.logs, `kernel-2026010${n}-1-1.log`), names.map((name) => `${warning(name)}\n`).join(''));

test('new warnings of the next commit; of a commit that is gone nothing is known, and nothing fails', async () => {
  const tree = join(dir, 'tree');
  const [one = '', two = '', three = ''] = littleHistory(tree, ['a', 'b', 'c']);
  const git = gitIn(tree, { processes: new Processes(), signal: new AbortController().signal });
  const read = (commit: string) => readWarnings(commit, true, { place, git });
  mkdirSync(place.logs);
  log(1, 'a');
  assert.is(await read(one), undefined);
  log(2, 'b');
  assert.equal(await read(two), [warning('b')]);
  // As after a rebase and git gc, or by another repository in the same place.
  writeFileSync(place.warnings, `${JSON.stringify({ commit: 'e'.repeat(40), log: 'kernel-20260102-1-1.log', warnings: [] })}\n`);
  assert.is(await read(two), undefined);
  log(3, 'c');
  assert.equal(await read(three), [warning('c')]);
});

test.run();
