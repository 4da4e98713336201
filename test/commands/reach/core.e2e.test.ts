/** The memory of a VM whose kernel has panicked. */
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { program, programDirectory, checkIn } from '../check-programs.ts';

const test = suite<{ dir: string }>('core');
test.before((context) => { context.dir = mkdtempSync('/var/tmp/kloop-core-'); });
test.after(({ dir }) => rmSync(dir, { recursive: true }));

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
const crash = ['--', 'sh', '-c', 'echo c >/proc/sysrq-trigger'];

const run = (dir: string, name: string, core: string, args: readonly string[] = crash) =>
  kloop(['vm', '--kernel', kernel, '--quiet', '--name', name, ...args], { env: { STATE_DIR: dir, VM_CORE: core, XDG_RUNTIME_DIR: dir } });

/** What evidence has of cores, and what lies beside the consoles. */
function found(dir: string) {
  const all = join(dir, 'evidence');
  const cores = readdirSync(all).sort().flatMap((name) => readdirSync(join(all, name)).filter((file) => file.startsWith('core')).map((file) => join(all, name, file)));
  const consoles = join(dir, 'vm');
  return { cores, left: readdirSync(consoles, { recursive: true, encoding: 'utf8' }).filter((name) => /core|pipe/.test(name)) };
}

const begins = (path: string) => {
  const head = Buffer.alloc(8);
  const fd = openSync(path, 'r');
  readSync(fd, head, 0, head.length, 0);
  closeSync(fd);
  return head.toString('latin1');
};

test('it is in the evidence; the verdict is the same', async ({ dir }) => {
  const ended = await run(dir, 'on', 'on');
  assert.is(ended.status, 255, ended.stderr);
  assert.match(ended.stderr, /^kloop: the VM was lost: its kernel panicked: sysrq triggered crash\n {2}Full log/m);
  const { cores: [core = ''], left } = found(dir);
  assert.equal(left, []);
  assert.is(begins(core), 'KDUMP   ');
  assert.is(statSync(core).mode & 0o777, 0o600);
  assert.ok(statSync(core).size > 1 << 20);
  rmSync(join(core, '..'), { recursive: true });
});

test('without it there is none; one that would be too large is none, which is said', async ({ dir }) => {
  assert.is((await run(dir, 'off', 'off')).status, 255);
  const ended = await run(dir, 'small', '1M');
  assert.is(ended.status, 255);
  assert.match(ended.stderr, /its memory is not kept: it has more than 1 MiB/);
  assert.equal(found(dir), { cores: [], left: [] });
});

test('a VM that ends without a panic ends as ever', async ({ dir }) => {
  assert.is((await run(dir, 'fine', 'on', ['--', 'sh', '-c', 'exit 3'])).status, 3);
  const off = await run(dir, 'fine', 'on', ['--', 'sh', '-c', 'echo b >/proc/sysrq-trigger; sleep 100']);
  assert.is(off.status, 255);
  assert.match(off.stderr, /^kloop: the VM (was lost|rebooted)/m);
  assert.equal(found(dir), { cores: [], left: [] });
});

test('check: of a test that panics', async () => {
  const dir = programDirectory();
  const test = program(dir, 'panics.sh', 'echo c >/proc/sysrq-trigger; sleep 100');
  const ended = await checkIn(dir, [test], { VM_CORE: 'on' });
  assert.match(ended.stderr, /Kernel panic: sysrq triggered crash/);
  const { cores, left } = found(join(dir, 'state'));
  assert.is(cores.length, 1);
  assert.equal(left, []);
  assert.ok(existsSync(cores[0] ?? ''));
  rmSync(dir, { recursive: true });
});

test.run();
