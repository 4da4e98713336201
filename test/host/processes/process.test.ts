import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes, type Finished } from '../../../tasks/host/processes/process.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { interruption } from '../../../tasks/report/interrupted.ts';
import { hostFailure } from '../../../tasks/host/reasons.ts';

const test = suite<{ dir: string; processes: Processes }>('process');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  context.processes = new Processes();
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const alive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('status, both streams, and lines as they come', async ({ processes }) => {
  const lines: string[] = [];
  const ended = (await processes.run({ argv: ['sh', '-c', 'echo "a  b"; echo e >&2; exit 3'], onLine: (line, stream) => lines.push(`${stream} ${line}`) })) as Finished;
  assert.is(ended.status, 3);
  assert.is(ended.stdout, 'a  b\n');
  assert.is(ended.stderr, 'e\n');
  assert.equal(lines.sort(), ['stderr e', 'stdout a  b']);
});

test("what is given input does not read the user's ~/.bashrc before", async ({ dir, processes }) => {
  writeFileSync(join(dir, '.bashrc'), 'echo "from .bashrc"\n');
  const ended = (await processes.run({ argv: ['cat'], input: 'given\n', env: { HOME: dir, SHLVL: undefined } })) as Finished;
  assert.is(ended.stdout, 'given\n');
});

test('words come as they are', async ({ processes }) => {
  const words = ['', 'a b', "it's", '$HOME', '`x`', 'back\\slash', 'two\nlines', '*', '~', '"', '!', 'ä'];
  const ended = (await processes.run({ argv: ['printf', '%s\\0', ...words] })) as Finished;
  assert.equal(ended.stdout.split('\0').slice(0, -1), words);
});

test('what it asks is answered; what is left unanswered waits for nothing at its end', async ({ processes }) => {
  const script = 'echo "what?"; read -r a; echo "got $a"; echo "again?"; read -r b; echo "got $b"';
  const ended = (await processes.run({ argv: ['sh', '-c', script], answer: (line) => (line === 'what?' ? 'this\n' : line === 'again?' ? 'that\n' : undefined) })) as Finished;
  assert.is(ended.stdout, 'what?\ngot this\nagain?\ngot that\n');
  const later = (await processes.run({ argv: ['sh', '-c', script], answer: (line) => (line === 'what?' ? Promise.resolve('late\n') : line === 'again?' ? 'that\n' : undefined) })) as Finished;
  assert.is(later.stdout, 'what?\ngot late\nagain?\ngot that\n');
  const gone = (await processes.run({ argv: ['sh', '-c', 'exec 0<&-; echo "what?"; exit 4'], answer: () => 'this\n' })) as Finished;
  assert.is(gone.status, 4);
});

test('arguments arrive as they are', async ({ processes }) => {
  const words = ['a b', `it's`, '$HOME', '`x`', '', 'ä"\\n', '*', '-n', 'a\nb'];
  const ended = (await processes.run({ argv: ['printf', '%s\\0', ...words] })) as Finished;
  assert.equal(ended.stdout.split('\0').slice(0, -1), words);
});

test('a program that is not there is told by name', async ({ processes }) => {
  const ended = await processes.run({ argv: ['kloop-no-such-program'] });
  assert.ok(isFailure(ended));
  assert.is(ended.detail.reason, 'command-missing');
});

test('a program that itself ends with 127 was there', async ({ processes }) => {
  assert.is(((await processes.run({ argv: ['sh', '-c', 'exit 127'] })) as Finished).status, 127);
});

test('the log holds everything', async ({ processes, dir }) => {
  const log = join(dir, 'logs', 'x.log');
  await processes.run({ argv: ['sh', '-c', 'echo out; echo err >&2'], log });
  assert.equal(readFileSync(log, 'utf8').split('\n').sort(), ['', 'err', 'out']);
});

test('an abort ends the whole group, also what ignores SIGTERM', async ({ processes }) => {
  const stop = new AbortController();
  const pids: number[] = [];
  const running = processes.run({
    argv: ['sh', '-c', 'trap "" TERM; sleep 1000 & echo $$ $!; wait; sleep 1000'],
    signal: stop.signal,
    onLine: (line) => {
      pids.push(...line.split(' ').map(Number));
      stop.abort();
    },
  });
  const ended = await running;
  assert.ok(interruption.is(ended, 'interrupted'));
  assert.is(pids.length, 2);
  // The last of the group may be a moment later than its leader.
  const deadline = performance.now() + 5000;
  while (pids.some(alive) && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(pids.map(alive), [false, false]);
});

test('a time-out is a status of its own', async ({ processes }) => {
  assert.is(((await processes.run({ argv: ['sleep', '1000'], timeoutMs: 50 })) as Finished).status, 'timeout');
});

test('an aborted signal starts nothing', async ({ processes, dir }) => {
  const file = join(dir, 'made');
  const ended = await processes.run({ argv: ['touch', file], signal: AbortSignal.abort() });
  assert.ok(isFailure(ended));
  assert.not(existsSync(file));
});

test('runOk words what was attempted, with the last lines', async ({ processes }) => {
  const ended = await processes.runOk('merging', { argv: ['sh', '-c', 'echo broken >&2; exit 2'] });
  assert.ok(hostFailure.is(ended, 'command-failed'));
  assert.is(ended.detail.doing, 'merging');
  assert.equal(ended.detail.tail, ['broken']);
});

test.run();
