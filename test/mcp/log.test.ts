import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { logTail, type LogTail } from '../../tasks/mcp/log.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';

const test = suite<{ dir: string; put: (name: string, text: string, second: number) => string }>('log');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  context.put = (name, text, second) => {
    const path = join(context.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    utimesSync(path, second, second);
    return path;
  };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const tail = (dir: string, of?: string, lines = 100) => logTail(dir, of, lines) as LogTail;

test('of each target and VM the newest counts; without a name the newest of all', ({ dir, put }) => {
  put('logs/kernel-20260101-000000000-7.log', 'old\n', 9);
  const kernel = put('logs/kernel-20260102-000000000-7.log', 'one\ntwo\n', 2);
  put('logs/python-package-20260102-000000000-7.log', 'p\n', 1);
  const console_ = put('vm/vm/console-20260102-000000000-7.log', 'Linux version\n', 4);
  symlinkSync('console-20260102-000000000-7.log', join(dir, 'vm/vm/console.log'));
  put('vm/other/console-20260102-000000000-7.log', 'x\n', 3);
  const there = ['vm/vm', 'vm/other', 'kernel', 'python-package'];
  assert.equal(tail(dir), { of: 'vm/vm', path: console_, bytes: 14, text: 'Linux version', there });
  assert.equal(tail(dir, 'kernel'), { of: 'kernel', path: kernel, bytes: 8, text: 'one\ntwo', there });
  assert.is(tail(dir, 'vm').of, 'vm/vm');
  assert.is(tail(dir, 'vm/other').text, 'x');
  assert.is(tail(dir, 'python-package').text, 'p');
});

test('of a long one the last lines, and no more than has room', ({ dir, put }) => {
  put('logs/kernel-20260102-000000000-7.log', Array.from({ length: 200_000 }, (_, i) => `CC ${i}.o\n`).join(''), 2);
  assert.is(tail(dir, 'kernel', 2).text, 'CC 199998.o\nCC 199999.o');
  const { text } = tail(dir, 'kernel', 2000);
  assert.match(text, /^… \d+ lines left out …\nCC \d+\.o\n/);
  assert.ok(text.endsWith('CC 199999.o') && text.length < 16_200);
});

test('what there is no log of is told, with what there is; a name is no path', ({ dir, put }) => {
  const words = (of?: string) => {
    const found = logTail(dir, of, 10);
    assert.ok(isFailure(found));
    return formatFailure(found);
  };
  assert.is(words(), 'kloop: there are no logs yet: nothing was built or booted here\n');
  put('logs/kernel-20260102-000000000-7.log', 'x', 2);
  assert.is(words('vm'), "kloop: there is no log of 'vm'\n  There are logs of: kernel\n");
  assert.match(words('../logs/kernel'), 'there is no log');
});

test.run();
