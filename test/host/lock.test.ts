import { spawn } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { takeLock } from '../../tasks/host/lock.ts';

const name = `test-${process.pid}`;

test('the second waits, is told for whom, and has it when the first lets go', async () => {
  const first = await takeLock({ name, holder: 'first' });
  const waiting = new Promise<string>((told) => {
    void takeLock({ name, holder: 'second', onWait: told }).then((lock) => { order.push('second has it'); void lock?.release(); done(); });
  });
  const order: string[] = [];
  let done = () => {};
  const ended = new Promise<void>((resolve) => { done = resolve; });
  assert.is(await waiting, 'first');
  order.push('first lets go');
  await first?.release();
  await ended;
  assert.equal(order, ['first lets go', 'second has it']);
});

test('a wait can be given up', async () => {
  const first = await takeLock({ name, holder: 'first' });
  const stop = new AbortController();
  const second = takeLock({ name, holder: 'second', signal: stop.signal, onWait: () => stop.abort() });
  assert.is(await second, undefined);
  await first?.release();
});

test('who waits for a holder that is stopped is told so', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', `
    import('./tasks/host/lock.ts').then(({ takeLock }) => takeLock({ name: '${name}', holder: 'the stopped' }))
      .then(() => { console.log('held'); setInterval(() => {}, 1000); });
  `], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGSTOP');
  const told: string[] = [];
  const lock = await takeLock({ name, holder: 'the living', onWait: (holder) => { told.push(holder); child.kill('SIGKILL'); } });
  await lock?.release();
  assert.is(told.length, 1);
  assert.match(told[0] ?? '', /is not responding/);
});

test('a killed holder leaves nothing to clear', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', `
    import('./tasks/host/lock.ts').then(({ takeLock }) => takeLock({ name: '${name}', holder: 'the dead' }))
      .then(() => { console.log('held'); setInterval(() => {}, 1000); });
  `], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  let waited = '';
  const lock = await takeLock({ name, holder: 'the living', onWait: (holder) => { waited = holder; child.kill('SIGKILL'); } });
  await lock?.release();
  assert.is(waited, 'the dead');
  assert.ok(lock !== undefined);
});

test.run();
