import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { splatsOf } from '../../tasks/console/reader.ts';
import { judgeConsole } from '../../tasks/console/verdict.ts';

const judge = (...lines: string[]) => judgeConsole(lines, splatsOf(lines));

test('an oops is the cause of the panic that follows it', () => {
  assert.equal(judge(
    'BUG: kernel NULL pointer dereference, address: 0000000000000000',
    'Oops: 0002 [#1] SMP',
    'Kernel panic - not syncing: Fatal exception',
  ), { kind: 'oops', line: 'BUG: kernel NULL pointer dereference' });
});

test('a panic by itself', () => {
  assert.equal(judge('[    0.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)'),
    { kind: 'panic', line: 'VFS: Unable to mount root fs on unknown-block(0,0)' });
});

test('a warning that mentions a BUG, and a panic of another cause', () => {
  assert.is(judge('BUG: scheduling while atomic: sh/1', 'Kernel panic - not syncing: Attempted to kill init!').kind, 'panic');
});

test("the guest's own reboot, and silence", () => {
  assert.equal(judge('reboot: Restarting system'), { kind: 'reset', line: 'Restarting system' });
  assert.equal(judge(), { kind: 'silent' });
});

test.run();
