/** The list of VMs, with processes that take part in it and are killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure } from '../../tasks/report/failure.ts';
import { claimVm, listVms, type ClaimedVm } from '../../tasks/vms/registry.ts';
import { sampleVm } from './sample.ts';

const test = suite<{ dir: string; before: string | undefined; children: ChildProcess[] }>('registry');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'k-'));
  context.before = process.env['XDG_RUNTIME_DIR'];
  context.children = [];
  process.env['XDG_RUNTIME_DIR'] = context.dir;
});
test.after.each(({ dir, before, children }) => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true });
  if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  else process.env['XDG_RUNTIME_DIR'] = before;
});

async function claim(name: string): Promise<ClaimedVm> {
  const claimed = await claimVm(name, sampleVm, (socket) => socket.destroy());
  if (isFailure(claimed)) throw new Error(claimed.words.what);
  return claimed;
}

async function names(): Promise<string[]> {
  const vms = await listVms();
  if (isFailure(vms)) throw new Error(vms.words.what);
  return vms.map(({ name }) => name);
}

/** Another process with a VM in the list. */
async function claimElsewhere(name: string, children: ChildProcess[]): Promise<ChildProcess> {
  const code = `
    import { claimVm } from './tasks/vms/registry.ts';
    import { sampleVm } from './test/vms/sample.ts';
    const claimed = await claimVm(${JSON.stringify(name)}, sampleVm, () => undefined);
    console.log(claimed.entry.name);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { cwd: join(import.meta.dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

const ended = (child: ChildProcess) => new Promise((resolve) => {
  child.on('exit', resolve);
  child.kill('SIGKILL');
});

test('a name is taken once, and free again', async () => {
  const [first, second] = await Promise.all([claim('vm'), claim('vm')]);
  assert.equal(await names(), ['vm', 'vm-2']);
  first.close();
  assert.equal(await names(), [second.entry.name]);
  const third = await claim('vm');
  assert.is(third.entry.name, first.entry.name);
  second.close();
  third.close();
  assert.equal(await names(), []);
});

test('of many processes that want a name at the same moment each has another', async ({ dir, children }) => {
  // What a killed one left is in their way, too.
  await ended(await claimElsewhere('vm', children));
  await Promise.all(Array.from({ length: 6 }, () => claimElsewhere('vm', children)));
  const wanted = ['vm', 'vm-2', 'vm-3', 'vm-4', 'vm-5', 'vm-6'];
  assert.equal(await names(), wanted);
  assert.equal(readdirSync(join(dir, 'kloop')).sort(), wanted);
});

test('what a killed kloop left is removed, and its name is free', async ({ dir, children }) => {
  const child = await claimElsewhere('vm', children);
  const own = await claim('vm');
  assert.equal(await names(), ['vm', 'vm-2']);
  await ended(child);
  assert.ok(existsSync(join(dir, 'kloop/vm')));
  const again = await claim('vm');
  assert.is(again.entry.name, 'vm');
  assert.equal(await names(), ['vm', 'vm-2']);
  own.close();
  again.close();
});

test('leftovers are removed by whoever looks; one that was stopped is none', async ({ dir, children }) => {
  const child = await claimElsewhere('vm', children);
  mkdirSync(join(dir, 'kloop/half-made'));
  child.kill('SIGSTOP');
  assert.equal(await names(), ['vm']);
  assert.equal(readdirSync(join(dir, 'kloop')), ['vm']);
  await ended(child);
  assert.equal(await names(), []);
  assert.equal(readdirSync(join(dir, 'kloop')), []);
});

test.run();
