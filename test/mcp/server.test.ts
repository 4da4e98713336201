/** The server, by the SDK's own client, with a shell script in the place of kloop. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../support/until.ts';
import { connect, type Connected } from './client.ts';
import { projectDir } from '../support/project.ts';

/** It does what the words of a tool's command line say. (What a shell starts has its traps until it is another program: `hang` sets its trap afterwards.) */
const kloop = (dir: string) => `
echo "$*" >>'${dir}/calls'
case $1 in
  plan) cat '${dir}/plan.json' ;;
  kernel) echo 'kloop: kernel: vmlinux' >&2; while [ -e '${dir}/held' ]; do sleep 0.01; done; [ ! -e '${dir}/broken' ] || { echo 'kloop: it does not compile' >&2; exit 125; } ;;
  doctor) echo not JSON ;;
  evidence) echo 'kloop: there is no evidence' >&2; exit 125 ;;
  vm)
    while [ "$1" != -- ]; do shift; done
    case $2 in
      hang) sleep 1000 & trap "sleep 0.3; echo ended >>'${dir}/calls'; exit 143" TERM; echo 'kloop: guest: boots' >&2; wait ;;
      flood) yes 'a line of a flood' | head -c 30000000 >&2 ;;
      wait) cat '${dir}/fifo' >&2 ;;
      go) echo gone >'${dir}/fifo' ;;
    esac
    echo '{"verdict":"passed","exit":0,"status":0,"splats":[],"totalMs":5}' ;;
esac
`;

const test = suite<{ dir: string; open: () => Promise<Connected> }>('the MCP server');
test.before.each((context) => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  writeFileSync(join(dir, 'kloop'), kloop(dir));
  writeFileSync(join(dir, 'plan.json'), '[{"target":"source","title":"kernel source","freshness":"fresh"}]');
  context.dir = dir;
  context.open = () => connect(process.execPath, ['--import', 'tsx', 'test/mcp/serve.ts', join(dir, 'kloop'), join(dir, 'state')], { cwd: projectDir });
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const calls = (dir: string) => (existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n') : []);

test('its name, its tools with what they take and give, and which of them only read', async ({ open }) => {
  const { client, said } = await open();
  assert.equal(client.getServerVersion(), { name: 'kloop', version: '1.2.3' });
  assert.match(client.getInstructions() ?? '', 'cannot change them');
  const { tools } = await client.listTools();
  assert.equal(tools.map(({ name }) => name), ['plan', 'build', 'run', 'check', 'log', 'evidence', 'doctor']);
  for (const { name, description, inputSchema, outputSchema } of tools) {
    assert.ok((description ?? '').length > 20, name);
    assert.equal([inputSchema.type, outputSchema?.type], ['object', 'object'], name);
  }
  assert.equal(tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name), ['plan', 'log', 'evidence', 'doctor']);
  await client.close();
  assert.is(said(), '');
});

test('what a tool is called with becomes a command line; its output comes as progress, in order, and in the result', async ({ dir, open }) => {
  const { client, call } = await open();
  const heard: [string, number][] = [];
  // The SDK's client drops progress that comes with the result, in one piece.
  writeFileSync(join(dir, 'held'), '');
  const built = await call('build', { image: true }, { onprogress: (message, progress) => {
    heard.push([message, progress]);
    rmSync(join(dir, 'held'), { force: true });
  } });
  assert.equal([built.facts['verdict'], built.facts['exit'], built.facts['output'], built.isError], ['built', 0, 'kloop: kernel: vmlinux', false]);
  assert.equal(heard, [['kloop: kernel: vmlinux', 1]]);
  assert.match(built.text, /^built after [\d.]+ m?s \(exit status 0\)\n\nkloop: kernel: vmlinux$/);
  const ran = await call('run', { command: ['true', '--install'], memory: '2G' });
  assert.equal(ran.facts, { verdict: 'passed', exit: 0, status: 0, splats: [], totalMs: 5, output: '' });
  assert.equal(calls(dir), ['plan --json', 'kernel', 'plan --json', 'vm --json --mem=2G -- true --install']);
  await client.close();
});

test('a build that fails is an error, with its words', async ({ dir, open }) => {
  const { client, call } = await open();
  writeFileSync(join(dir, 'broken'), '');
  const { text, facts, isError } = await call('build');
  assert.equal([isError, facts['verdict'], facts['exit']], [true, 'failed', 125]);
  assert.match(text, 'kloop: it does not compile');
  await client.close();
});

test('what a person has to allow is not done, and told', async ({ dir, open }) => {
  const { client, call } = await open();
  const plan = (target: string, words: string) => writeFileSync(join(dir, 'plan.json'), JSON.stringify([{ target, title: target, freshness: 'stale', words }]));
  for (const [target, words, fix] of [['source', 'not chosen yet', 'npm run source'], ['bridge', 'there is no bridge0', 'npm run bridge'], ['packages', 'missing: gcc', 'npm run packages -- --install']] as const) {
    plan(target, words);
    for (const [tool, input] of [['build', {}], ['run', { command: ['true'] }], ['check', {}]] as const) {
      const { text, isError } = await call(tool, input);
      assert.is(isError, true, tool);
      assert.match(text, `kloop: this needs what a person has to do first: ${target}\n  ${target}: ${words}\n`);
      assert.match(text, `  Next: ${fix}`);
    }
  }
  plan('source', 'not chosen yet');
  assert.is((await call('run', { command: ['true'], kernel: '/boot/vmlinuz' })).isError, false);
  assert.equal([...new Set(calls(dir))], ['plan --json', 'vm --json --kernel=/boot/vmlinuz -- true']);
  await client.close();
});

test('words that kloop would take for options, and what is not declared, are refused', async ({ dir, open }) => {
  const { client, call } = await open();
  for (const [tool, input] of [
    ['check', { tests: ['--install'] }], ['plan', { target: '--help' }], ['evidence', { name: '-q' }], ['run', { command: [] }], ['run', {}],
    ['run', { command: ['true'], timeout: '1s --install' }], ['run', { command: ['true'], memory: 'much' }], ['run', { command: ['true'], cpus: 0 }],
  ] as const) {
    const { text, isError } = await call(tool, input);
    assert.is(isError, true, JSON.stringify(input));
    assert.match(text, 'Invalid arguments', JSON.stringify(input));
  }
  assert.equal(calls(dir), []);
  assert.match((await call('run', { command: ['a\0b'] })).text, 'null bytes');
  await client.close();
});

test('runs that print what cannot be read, or fail, are errors in words', async ({ open }) => {
  const { client, call } = await open();
  const doctor = await call('doctor');
  assert.equal([doctor.isError, doctor.text], [true, 'kloop: kloop doctor --json printed more than can be read, or something else than JSON\n']);
  const evidence = await call('evidence', { name: 'last' });
  assert.equal([evidence.isError, evidence.text], [true, 'kloop failed (exit status 125)\n\nkloop: there is no evidence']);
  await client.close();
});

test('of a flood a little is passed on, and how much is left out', async ({ open }) => {
  const { client, call } = await open();
  let messages = 0;
  const { text, facts } = await call('run', { command: ['flood'] }, { onprogress: () => { messages += 1; } });
  assert.is(facts['verdict'], 'passed');
  assert.ok(text.length < 17_000 && String(facts['output']).length < 17_000);
  assert.match(text, /^… \d+ lines and 298\d{5} bytes left out …$/m);
  assert.ok(messages >= 1 && messages < 300, `${messages} messages`);
  await client.close();
});

test('calls go on beside each other', async ({ dir, open }) => {
  const { client, call } = await open();
  const made = spawn('mkfifo', [join(dir, 'fifo')]);
  await new Promise((resolve) => made.on('close', resolve));
  const [waited, went] = await Promise.all([call('run', { command: ['wait'] }), call('run', { command: ['go'] })]);
  assert.equal([waited.facts['output'], went.facts['verdict']], ['gone', 'passed']);
  await client.close();
});

/** Calls a tool that hangs, and resolves when it does; `failed`: how the call ended. */
async function hanging({ call }: Connected): Promise<{ stop: AbortController; failed: Promise<Error> }> {
  const stop = new AbortController();
  let failed: Promise<Error> | undefined;
  await new Promise<void>((resolve) => {
    failed = call('run', { command: ['hang'] }, { signal: stop.signal, onprogress: (message) => { if (message.includes('boots')) resolve(); } })
      .then(() => new Error('it ended'), (error: Error) => error);
  });
  return { stop, failed: failed ?? Promise.reject(new Error('not called')) };
}

test('a call that is cancelled ends its run, by SIGTERM; the next one is answered', async ({ dir, open }) => {
  const server = await open();
  const { stop, failed } = await hanging(server);
  stop.abort('enough');
  assert.match((await failed).message, 'enough');
  await until('the run has ended', () => calls(dir).includes('ended'));
  assert.is((await server.call('build')).facts['verdict'], 'built');
  await server.client.close();
});

test('when its input ends the server ends what runs, waits for it, and ends', async ({ dir, open }) => {
  const server = await open();
  const { failed } = await hanging(server);
  await server.client.close();
  await failed;
  await server.gone;
  assert.ok(calls(dir).includes('ended'));
  assert.throws(() => process.kill(server.pid, 0));
});

test('so it does for SIGTERM', async ({ dir, open }) => {
  const server = await open();
  const { failed } = await hanging(server);
  process.kill(server.pid, 'SIGTERM');
  await server.gone;
  await failed;
  assert.ok(calls(dir).includes('ended'));
});

test('and where it is killed, what it started ends all the same', async ({ dir, open }) => {
  const server = await open();
  const { failed } = await hanging(server);
  process.kill(server.pid, 'SIGKILL');
  await server.gone;
  await failed;
  await until('the run has ended', () => calls(dir).includes('ended'));
});

test('the log of a target, without a run', async ({ dir, open }) => {
  const { client, call } = await open();
  assert.match((await call('log')).text, 'there are no logs yet');
  mkdirSync(join(dir, 'state/logs'), { recursive: true });
  writeFileSync(join(dir, 'state/logs/kernel-20260101-000000000-1.log'), 'CC a.o\nCC b.o\n');
  const { facts, isError } = await call('log', { of: 'kernel', lines: 1 });
  assert.equal([facts['text'], facts['bytes'], facts['there'], isError], ['CC b.o', 14, ['kernel'], false]);
  assert.equal(calls(dir), []);
  await client.close();
});

test('what is no message of the protocol is told on stderr, and does no harm', async ({ dir }) => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/mcp/serve.ts', join(dir, 'kloop'), dir], { cwd: projectDir, stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  child.stdin.end('hello\n{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal([status, JSON.parse(stdout)], [0, { jsonrpc: '2.0', id: 1, result: {} }]);
  assert.match(stderr, /^mcp: .*JSON/);
});

test.run();
