/** The loop of edit, build, boot, with the real tree that the end-to-end tests share. */
import { existsSync, readFileSync, utimesSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, startKloop } from './support/kloop.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';
const edited = join(tree, 'net/mptcp/pm.c');
const test = suite<{ before: string }>('loop');

test.before((context) => { context.before = readFileSync(edited, 'utf8'); });
test.after(async ({ before }) => {
  writeFileSync(edited, before);
  // What boots needs no bzImage; here it is made once.
  const ended = await kloop(['kernel']);
  assert.is(ended.status, 0, ended.stderr);
  assert.ok(existsSync(join(tree, 'arch/x86/boot/bzImage')));
});

const release = () => readFileSync(join(tree, 'include/config/kernel.release'), 'utf8').trim();
const kernelRow = async () => {
  const rows = JSON.parse((await kloop(['plan', '--json'])).stdout) as { target: string; freshness: string; words?: string; reason?: { path?: string } }[];
  return rows.find((row) => row.target === 'kernel');
};
const assertFresh = async (after = '') => {
  const row = await kernelRow();
  assert.is(row?.freshness, 'fresh', `${after} ${row?.words}`);
};

test('the one line: the release of the kernel that was built, on stdout, and nothing else', async () => {
  const ended = await kloop(['vm', '--', 'uname', '-r']);
  assert.is(ended.stdout, `${release()}\n`, ended.stderr);
  assert.is(ended.status, 0);
});

test('an edit that matters is seen, named, built and booted', async ({ before }) => {
  const mark = `kloop ${process.pid}`;
  await assertFresh();
  writeFileSync(edited, before.replace('pr_fmt(fmt) "MPTCP: " fmt', `pr_fmt(fmt) "MPTCP: " fmt\nstatic const char kloop_mark[] __attribute__((used)) = "${mark}";`));
  const row = await kernelRow();
  assert.is(row?.freshness, 'stale');
  assert.match(row?.words ?? '', /input newer: .*net\/mptcp\/pm\.c, by /);
  const ended = await kloop(['vm', '--', 'true']);
  assert.is(ended.status, 0, ended.stderr);
  assert.ok(readFileSync(join(tree, 'vmlinux')).includes(mark));
  await assertFresh();
});

test('a compile error: the compiler\'s lines first, then what failed, the log, status 125; the next good save fixes it', async ({ before }) => {
  writeFileSync(edited, `${before}\nint kloop_broken(void) { return undeclared_thing; }\n`);
  const ended = await kloop(['vm', '--', 'true']);
  assert.is(ended.status, 125);
  assert.is(ended.stdout, '');
  const said = ended.stderr.indexOf('net/mptcp/pm.c:');
  const worded = ended.stderr.lastIndexOf('kloop: ');
  assert.ok(said >= 0 && said < worded, ended.stderr);
  assert.match(ended.stderr, /.undeclared_thing. undeclared/);
  const log = /Full log: (.*)/.exec(ended.stderr)?.[1] ?? '';
  assert.ok(existsSync(log), log);
  writeFileSync(edited, before);
  assert.is((await kloop(['vm', '--', 'true'])).status, 0);
});

test('files that this kernel does not use leave it fresh', async () => {
  await assertFresh();
  const now = new Date();
  for (const file of ['Documentation/index.rst', 'arch/arm64/kernel/setup.c', 'drivers/gpu/drm/drm_drv.c', 'README']) {
    const path = join(tree, file);
    const { atime, mtime } = statSync(path);
    utimesSync(path, now, now);
    await assertFresh(file);
    utimesSync(path, atime, mtime);
  }
});

test('after runs with nothing to do, the next edit is seen, and an old state put back', async ({ before }) => {
  const { atime, mtime } = statSync(edited);
  const kconfig = join(tree, 'net/mptcp/Kconfig');
  const nothingToDo = async () => {
    for (let i = 0; i < 2; i++) assert.match((await kloop(['kernel', '--no-image'])).stderr, /^kloop: kernel: up to date$/m);
  };
  const makes = async (what: RegExp) => assert.match((await kloop(['kernel', '--no-image'])).stderr, what);
  await kloop(['kernel', '--no-image']);
  await nothingToDo();
  // Of the same size.
  writeFileSync(edited, before.replace('"MPTCP: "', '"MPTCQ: "'));
  await makes(/kernel: done in .*quick: 1 compiled/);
  await nothingToDo();
  writeFileSync(edited, before);
  utimesSync(edited, atime, mtime);
  await makes(/kernel: done in .*quick: 1 compiled/);
  await nothingToDo();
  const now = new Date();
  utimesSync(kconfig, now, now);
  await makes(/config: input newer: .*net\/mptcp\/Kconfig/);
  await nothingToDo();
});

test('two runs at once: one waits, says for whom, and finds the work done', async ({ before }) => {
  writeFileSync(edited, `${before}\n/* two runs */\n`);
  const first = startKloop(['kernel', '--no-image']);
  await first.says(/kernel: vmlinux: /);
  const second = startKloop(['kernel', '--no-image']);
  await second.says(/kernel: waiting for kloop kernel \(pid \d+\)/);
  const [one, two] = await Promise.all([first.ended, second.ended]);
  assert.is(one.status, 0, one.stderr);
  assert.is(two.status, 0, two.stderr);
  assert.match(two.stderr, new RegExp(`waiting for kloop kernel \\(pid ${first.child.pid}\\)`));
});

test('killed with its whole group in the middle of make, the next run puts it right', async ({ before }) => {
  writeFileSync(edited, `${before}\nstatic const char kloop_killed[] __attribute__((used)) = "after the kill";\n`);
  const running = startKloop(['kernel', '--no-image']);
  await running.says(/kernel: vmlinux: /);
  process.kill(-(running.child.pid ?? 0), 'SIGKILL');
  await running.ended;
  const ended = await kloop(['vm', '--', 'true']);
  assert.is(ended.status, 0, ended.stderr);
  assert.ok(readFileSync(join(tree, 'vmlinux')).includes('after the kill'));
});

test.run();
