/** `kloop mcp` with the SDK's own client: the doctor, a plan, and guests. */
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { running } from '../machine/vm.ts';
import { until } from '../support/until.ts';
import { connect, type Connected } from '../mcp/client.ts';
import { root } from '../support/kloop.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';

/** Not below /tmp, of which the guest has one of its own. */
let dir = '';
let server: Connected;
test.before(async () => {
  dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-'));
  server = await connect(process.execPath, [join(root, 'tasks', 'launch.cjs'), 'mcp'], { cwd: dir, env: { KLOOP_ENV_FILE: '', STATE_DIR: join(dir, 'state') } });
});
test.after(async () => {
  await server.client.close();
  rmSync(dir, { recursive: true });
});

test('the doctor, and a plan: as the commands tell them', async () => {
  const doctor = await server.call('doctor');
  assert.is(typeof doctor.facts['works'], 'boolean', doctor.text);
  assert.ok((doctor.facts['checks'] as unknown[]).length > 5);
  const plan = await server.call('plan', { target: 'config' });
  assert.equal((plan.facts['targets'] as { target: string }[]).map(({ target }) => target), ['packages', 'source', 'config'], plan.text);
  const unknown = await server.call('plan', { target: 'kernal' });
  assert.is(unknown.isError, true);
  assert.match(unknown.text, 'kernal');
});

test('without a source nothing is fetched: a build says what a person has to do', async () => {
  const { text, isError } = await server.call('build');
  assert.is(isError, true);
  assert.match(text, /^kloop: this needs what a person has to do first: source\n {2}source: not chosen yet[^]*Next: npm run source/);
  assert.not(existsSync(join(dir, 'state/records')));
});

test('a command in the guest: what it printed, its status, and what it said meanwhile', async () => {
  const heard: string[] = [];
  const ran = await server.call('run', { command: ['uname', '-r'], kernel }, { onprogress: (message) => heard.push(message) });
  assert.equal([ran.facts['verdict'], ran.facts['status'], ran.facts['exit'], ran.facts['kernel'], ran.isError], ['passed', 0, 0, kernel, false], ran.text);
  assert.match(String(ran.facts['output']), /^6\.1\.\S+$/m);
  assert.ok(heard.some((line) => line.startsWith("kloop: guest: ")), heard.join('\n'));
  const failed = await server.call('run', { command: ['sh', '-c', 'pwd; exit 3'], kernel });
  assert.equal([failed.facts['verdict'], failed.facts['status'], failed.isError], ['failed', 3, false], failed.text);
  assert.match(failed.text, `\n${dir}`);
});

test('a call that is cancelled ends its VM', async () => {
  const stop = new AbortController();
  let failed: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    failed = server.call('run', { command: ['sh', '-c', 'echo it sleeps; sleep 1000'], kernel }, { signal: stop.signal, onprogress: (message) => { if (message === 'it sleeps') resolve(); } })
      .then(() => assert.unreachable(), (error: Error) => error);
  });
  assert.is((await running(dir)).filter((line) => /^\d+ qemu-/.test(line)).length, 1);
  const began = performance.now();
  stop.abort('enough');
  await failed;
  await until('its VM has ended', async () => (await running(dir)).length === 0);
  console.log(`# mcp: a cancelled VM was gone after ${Math.round(performance.now() - began)} ms`);
});

test('a panic is a verdict, with evidence that is listed and shown, and the console', async () => {
  const { facts, isError, text } = await server.call('run', { command: ['sh', '-c', 'echo c >/proc/sysrq-trigger; sleep 100'], kernel });
  assert.equal([facts['verdict'], facts['exit'], isError], ['lost', 255, false], text);
  const listed = await server.call('evidence');
  const [first] = listed.facts['evidence'] as { name: string; dir: string; title: string }[];
  assert.equal([first?.dir, first?.title], [facts['evidence'], 'Kernel panic: sysrq triggered crash'], listed.text);
  assert.match((await server.call('evidence', { name: first?.name ?? '' })).text, '# Kernel panic: sysrq triggered crash');
  const log = await server.call('log', { of: 'vm', lines: 50 });
  assert.is(log.facts['of'], 'vm/vm');
  assert.match(log.text, 'Kernel panic - not syncing: sysrq triggered crash');
});

test('programs as tests: a verdict for each', async () => {
  for (const [name, body] of [['good', 'exit 0'], ['bad', 'echo so it goes; exit 3']] as const) {
    writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(dir, name), 0o755);
  }
  const { facts, isError, text } = await server.call('check', { tests: ['./good', './bad'], kernel });
  assert.equal([facts['verdict'], facts['exit'], isError], ['failed', 1, false], text);
  assert.equal((facts['tests'] as { id: string; verdict: string }[]).map(({ id, verdict }) => [id, verdict]), [['./bad', 'failed'], ['./good', 'passed']]);
});

test('the end of its input is the end of the server, with a VM that runs', async () => {
  const other = await connect(process.execPath, [join(root, 'tasks', 'launch.cjs'), 'mcp'], { cwd: dir, env: { KLOOP_ENV_FILE: '', STATE_DIR: join(dir, 'state'), VM_NAME: 'other' } });
  let failed: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    failed = other.call('run', { command: ['sh', '-c', 'echo it sleeps; sleep 1000'], kernel }, { onprogress: (message) => { if (message === 'it sleeps') resolve(); } }).catch((error: unknown) => error);
  });
  await other.client.close();
  await failed;
  await other.gone;
  assert.equal(await running(dir), []);
});

test.run();
