import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { consoleLines, judgeConsole } from '../../../tasks/machine/qemu/console.ts';

test('an oops is the cause of the panic that follows it', () => {
  assert.equal(judgeConsole([
    'BUG: kernel NULL pointer dereference, address: 0000000000000000',
    'Oops: 0002 [#1] SMP',
    'Kernel panic - not syncing: Fatal exception',
  ]), { kind: 'oops', line: 'BUG: kernel NULL pointer dereference, address: 0000000000000000' });
});

test('a panic by itself', () => {
  assert.equal(judgeConsole(['[    0.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)']),
    { kind: 'panic', line: 'VFS: Unable to mount root fs on unknown-block(0,0)' });
});

test('a warning that mentions a BUG, and a panic of another cause', () => {
  assert.is(judgeConsole(['BUG: scheduling while atomic: sh/1', 'Kernel panic - not syncing: Attempted to kill init!']).kind, 'panic');
});

test("the guest's own reboot, and silence", () => {
  assert.equal(judgeConsole(['reboot: Restarting system']), { kind: 'reset', line: 'Restarting system' });
  assert.equal(judgeConsole([]), { kind: 'silent' });
});

test('colours and carriage returns are no text', () => {
  assert.equal(consoleLines('\x1b[2J\x1b[1;31mhello\x1b[0m\r\nthere\r\n'), ['hello', 'there']);
});

test.run();
