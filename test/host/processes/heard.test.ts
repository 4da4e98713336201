import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runHeard } from '../../../tasks/host/processes/heard.ts';
import { formatFailure, isFailure } from '../../../tasks/report/failure.ts';
import { interruption } from '../../../tasks/report/interrupted.ts';
import { until } from '../../support/until.ts';

const test = suite<{ dir: string }>('heard');
test.before.each((context) => { context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-'))); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

const alive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Runs a shell script; `when` hears each chunk. */
async function run(script: string, cwd: string, { graceMs = 10_000, when = () => undefined }: { graceMs?: number; when?: (text: string, stop: AbortController) => void } = {}) {
  const stop = new AbortController();
  let [stdout, stderr] = ['', ''];
  const ended = await runHeard({
    argv: ['sh', '-c', script], cwd, signal: stop.signal, graceMs,
    heard: (stream, chunk) => {
      if (stream === 'stdout') stdout += chunk.toString();
      else stderr += chunk.toString();
      when(chunk.toString(), stop);
    },
  });
  return { ended, stdout, stderr };
}

test('both streams as they come, the directory, the status; the input is empty', async ({ dir }) => {
  assert.equal(await run('pwd; cat; echo e >&2; exit 3', dir), { ended: 3, stdout: `${dir}\n`, stderr: 'e\n' });
});

test('a signal is a status, as a shell has it', async ({ dir }) => {
  assert.is((await run('kill -KILL $$', dir)).ended, 137);
});

test('an abort is SIGTERM to it and to what it started, and it is waited for', async ({ dir }) => {
  // The trap comes after what is started: that has it, too, until it is another program, and would take the signal for it.
  const { ended, stdout } = await run('sleep 1000 & trap "sleep 0.2; echo ended; exit 0" TERM; echo $!; wait', dir, { when: (text, stop) => { if (/\d/.test(text)) stop.abort(); } });
  assert.ok(interruption.is(ended, 'interrupted'));
  const [pid = '', last] = stdout.split('\n');
  assert.is(last, 'ended');
  await until('what it started is gone', () => !alive(Number(pid)));
});

test('what does not end for SIGTERM is killed', async ({ dir }) => {
  const { ended } = await run('trap "" TERM; echo up; while :; do sleep 1000; done', dir, { graceMs: 50, when: (_, stop) => stop.abort() });
  assert.ok(interruption.is(ended, 'interrupted'));
});

test('aborted before, nothing is started; a directory that is gone is told', async ({ dir }) => {
  const heard = () => assert.unreachable();
  const none = await runHeard({ argv: ['sh', '-c', 'echo x'], cwd: dir, signal: AbortSignal.abort(), graceMs: 1, heard });
  assert.ok(interruption.is(none, 'interrupted'));
  const gone = await runHeard({ argv: ['true'], cwd: join(dir, 'gone'), signal: new AbortController().signal, graceMs: 1, heard });
  assert.ok(isFailure(gone));
  assert.match(formatFailure(gone), /gone: no such file or directory/);
});

test.run();
