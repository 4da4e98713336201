/** `vm --json`: a line for a program, whatever the end. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../support/kloop.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
let dir: string;
test.before(() => { dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-')); });
test.after(() => rmSync(dir, { recursive: true }));

async function vm(...words: string[]) {
  const ended = await kloop(['vm', '--json', ...words], { cwd: dir, env: { STATE_DIR: join(dir, 'state') } });
  return { ...ended, read: JSON.parse(ended.stdout) as Record<string, unknown> & { splats: { kind: string }[] } };
}

test("a command's status, its output on stderr, and the times", async () => {
  const { status, stderr, read } = await vm('--kernel', kernel, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
  const { bootMs, commandMs, totalMs, log, ...rest } = read;
  assert.is(status, 3, stderr);
  assert.match(stderr, /^out$/m);
  assert.match(stderr, /^err$/m);
  assert.equal({ ...rest, buildMs: 0 }, { verdict: 'failed', exit: 3, status: 3, kernel, splats: [], buildMs: 0 });
  assert.ok(Number(bootMs) > 0 && Number(commandMs) > 0 && Number(totalMs) > Number(bootMs) + Number(commandMs), JSON.stringify(read));
  assert.ok(existsSync(String(log)));
  assert.is((await vm('--kernel', kernel, '--', 'true')).read['verdict'], 'passed');
});

test('a panic, with what is kept of it; a time-out', async () => {
  const { status, stderr, read } = await vm('--kernel', kernel, '--', 'sh', '-c', 'echo c >/proc/sysrq-trigger');
  assert.is(status, 255, stderr);
  assert.equal([read['verdict'], read['exit'], read['reason'], 'status' in read], ['lost', 255, 'vm-lost', false]);
  assert.ok(read.splats.length > 0 && existsSync(join(String(read['evidence']), 'README.md')), JSON.stringify(read));
  const late = await vm('--kernel', kernel, '--timeout', '1s', '--', 'sleep', '1000');
  assert.equal([late.status, late.read['verdict'], late.read['exit']], [124, 'timed-out', 124], late.stderr);
});

test('what did not come to a VM has its reason', async () => {
  const missing = await vm('--kernel', '/nowhere/vmlinux', '--', 'true');
  assert.equal([missing.status, missing.read['verdict'], missing.read['exit'], missing.read['kernel']], [125, 'not-run', 125, '/nowhere/vmlinux'], missing.stderr);
  assert.match(String(missing.read['words']), '/nowhere/vmlinux');
  const shell = await vm('--kernel', kernel);
  assert.equal([shell.status, shell.read['reason']], [125, 'bad-usage'], shell.stderr);
});

test.run();
