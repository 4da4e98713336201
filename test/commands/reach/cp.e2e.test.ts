/** Files, and what goes to the kernel, of a VM that another kloop has. */
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startKloop } from '../../support/kloop.ts';
import { until } from '../../support/until.ts';
import { startVm, type RunningVm } from './running.ts';

const test = suite<{ vm: RunningVm; dir: string }>('cp');
test.before(async (context) => {
  context.vm = await startVm(['--', 'sleep', '1000']);
  context.dir = mkdtempSync('/var/tmp/kloop-cp-');
});
test.after(async ({ vm, dir }) => {
  rmSync(dir, { recursive: true });
  await vm.end();
});

/** What there is, with modes, links and contents. */
const tree = (dir: string) => readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort().map((name) => {
  const path = join(dir, name);
  const stat = lstatSync(path);
  return [name, stat.mode.toString(8), stat.isDirectory() ? 0 : stat.nlink, stat.isSymbolicLink() ? readlinkSync(path) : stat.isFile() ? readFileSync(path, 'utf8') : ''];
});

test('a directory goes in, and out again, as it is: modes, links, strange names', async ({ vm, dir }) => {
  const src = join(dir, 'src');
  mkdirSync(join(src, 'sub/empty'), { recursive: true });
  for (const name of ['a', 'sub/b c', "sub/d'\n", '-x', 'sub/ä']) writeFileSync(join(src, name), name);
  chmodSync(join(src, 'a'), 0o4751);
  symlinkSync('nowhere', join(src, 'sub/link'));
  linkSync(join(src, 'a'), join(src, 'hard'));
  assert.equal(await vm.kloop(['cp', src, 'vm:/tmp/there']), { status: 0, stdout: '', stderr: '' });
  assert.equal(await vm.kloop(['cp', ':/tmp/there', join(dir, 'back')]), { status: 0, stdout: '', stderr: '' });
  assert.equal(tree(join(dir, 'back')), tree(src));
  assert.equal(readdirSync(dir).sort(), ['back', 'src']);
});

test('files go into a directory that is there, or become the name', async ({ vm, dir }) => {
  const [a, b] = [join(dir, 'one'), join(dir, 'two')];
  writeFileSync(a, '1');
  writeFileSync(b, '2');
  assert.is((await vm.kloop(['cp', a, b, ':/tmp'])).status, 0);
  assert.is((await vm.kloop(['cp', a, ':/tmp/two'])).status, 0);
  assert.is((await vm.kloop(['exec', '--', 'sh', '-c', 'cd /tmp; cat one two; ls -A'])).stdout, '11one\nthere\ntwo\n');
  assert.is((await vm.kloop(['cp', ':/tmp/one', b])).status, 0);
  assert.is(readFileSync(b, 'utf8'), '1');
});

test('a directory that is there gets what is new, and keeps what it has', async ({ vm, dir }) => {
  const src = join(dir, 'more');
  mkdirSync(join(src, 'sub'), { recursive: true });
  for (const name of ['new', 'sub/b']) writeFileSync(join(src, name), name);
  assert.is((await vm.kloop(['cp', src, ':/dev/shm'])).status, 0);
  await vm.kloop(['exec', '--', 'sh', '-c', 'cd /dev/shm/more; echo old >sub/b; echo kept >sub/kept; rm new']);
  for (const place of [':/dev/shm', ':/dev/shm/']) assert.equal(await vm.kloop(['cp', src, place]), { status: 0, stdout: '', stderr: '' });
  mkdirSync(join(dir, 'into/more'), { recursive: true });
  writeFileSync(join(dir, 'into/more/mine'), 'mine');
  assert.equal(await vm.kloop(['cp', ':/dev/shm/more', join(dir, 'into')]), { status: 0, stdout: '', stderr: '' });
  assert.equal(tree(join(dir, 'into/more')).map(([name, , links, content]) => [name, links, content]), [['mine', 1, 'mine'], ['new', 1, 'new'], ['sub', 0, ''], ['sub/b', 1, 'sub/b'], ['sub/kept', 1, 'kept\n']]);
  await vm.kloop(['exec', '--', 'rm', '-r', '/dev/shm/more']);
});

test('what the kernel makes as it is read comes whole', async ({ vm, dir }) => {
  assert.is((await vm.kloop(['cp', ':/proc/config.gz', join(dir, 'config.gz')])).status, 0);
  assert.match(gunzipSync(readFileSync(join(dir, 'config.gz'))).toString(), /^CONFIG_X86_64=y$/m);
});

test('what cannot be copied is told, and leaves nothing', async ({ vm, dir }) => {
  const failed = async (...args: string[]) => {
    const { status, stderr } = await vm.kloop(['cp', ...args]);
    assert.is(status, 125, stderr);
    return stderr;
  };
  assert.match(await failed(join(dir, 'none'), ':/tmp'), /^\S+\/none: no such file or directory\nkloop: copying \S+none to \/tmp failed\n$/);
  assert.match(await failed(':/none', dir), /^\/none: no such file or directory\nkloop: copying/m);
  assert.match(await failed(join(dir, 'one'), ':/tmp/no/such'), /failed to create directory/);
  assert.match(await failed(join(dir, 'one'), ':/tmp/no/'), /^\/tmp\/no\/: no such directory$/m);
  assert.match(await failed(':/tmp/one', join(dir, 'no/such')), /failed to create directory/);
  assert.match(await failed('a', 'b'), /NAME:PATH/);
  assert.is((await vm.kloop(['exec', '--', 'ls', '-A', '/tmp'])).stdout, 'one\nthere\ntwo\n');
  assert.equal(readdirSync(dir).filter((name) => name.startsWith('.')), []);
});

test('a kloop that is killed in the middle of a copy leaves no half of it in the guest', async ({ vm, dir }) => {
  const big = join(dir, 'big');
  writeFileSync(big, '');
  truncateSync(big, 400 << 20);
  const killed = startKloop(['cp', big, ':/dev/shm/there'], { env: vm.env });
  await until('it is on its way', async () => (await vm.kloop(['exec', '--', 'ls', '-A', '/dev/shm'])).stdout.startsWith('.kloop-cp.'));
  killed.child.kill('SIGKILL');
  await killed.ended;
  await until('it is gone', async () => (await vm.kloop(['exec', '--', 'ls', '-A', '/dev/shm'])).stdout === '');
});

test('a kloop that is killed in the middle of a dump leaves nothing beside its file; the guest goes on, and is dumped again', async ({ vm, dir }) => {
  const file = join(dir, 'memory');
  const killed = startKloop(['dump', 'vm', file], { env: vm.env });
  await until('it is being written', () => (statSync(`${file}.part`, { throwIfNoEntry: false })?.size ?? 0) > 0);
  killed.child.kill('SIGKILL');
  await killed.ended;
  assert.equal(await vm.kloop(['exec', '--', 'echo', 'alive']), { status: 0, stdout: 'alive\n', stderr: '' });
  assert.equal(readdirSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop/vm')).sort(), ['socket', 'vm.json']);
  const refused = await vm.kloop(['dump', 'vm', file]);
  assert.is(refused.status, 125);
  assert.match(refused.stderr, /memory\.part is there: .*\n.*rm /);
  rmSync(`${file}.part`);
  assert.is((await vm.kloop(['dump', 'vm', file])).status, 0);
});

test('the kernel\'s console, by itself and followed to the VM\'s end', async () => {
  // A name of its own: the log that stays is the newest by that name, and other tests have VMs beside it.
  const vm = await startVm(['--', 'sleep', '1000'], { VM_NAME: 'followed' });
  const following = vm.kloop(['console', '--follow']);
  await vm.kloop(['exec', '--', 'sh', '-c', 'echo "<0>first words" >/dev/kmsg']);
  assert.match((await vm.kloop(['console', 'followed'])).stdout, /^\[ *[\d.]+\] first words$/m);
  await vm.kloop(['exec', '--', 'sh', '-c', 'echo "<0>last words" >/dev/kmsg']);
  await vm.kloop(['stop']);
  assert.match((await following).stdout, /^\[ *[\d.]+\] first words\n\[ *[\d.]+\] last words$/m);
  assert.match((await vm.kloop(['console', 'followed'])).stdout, /last words/);
  await vm.end();
});

test('SysRq: what the kernel says comes to stdout, all of it, and its level is as before', async ({ vm }) => {
  const level = async () => (await vm.kloop(['exec', '--', 'cat', '/proc/sys/kernel/printk'])).stdout;
  const before = await level();
  const said = await vm.kloop(['sysrq', 'm']);
  assert.is(said.status, 0, said.stderr);
  assert.match(said.stdout, /Show Memory[^]* pages RAM$/m);
  assert.is(await level(), before);
  const [first, second] = await Promise.all([vm.kloop(['sysrq', 'l']), vm.kloop(['sysrq', 'vm', 'w'])]);
  assert.match(first.stdout, /NMI backtrace for cpu 0/);
  assert.match(second.stdout, /Show Blocked State/);
  assert.is(await level(), before);
  assert.is((await vm.kloop(['sysrq', 'mm'])).status, 125);
  assert.is((await vm.kloop(['sysrq'])).status, 125);
  assert.not.ok(existsSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop/vm/console')));
});

test('the monitor: a line for people, and QMP with its ids', async ({ vm }) => {
  assert.match((await vm.kloop(['monitor', '--', 'info', 'registers'])).stdout, /^RIP=/m);
  const spoken = await vm.kloop(['monitor'], '{"execute":"query-status","id":"a"}\nno json\n{"execute":"nope","id":2}\n{"execute":"stop"}\n{"execute":"cont"}\n');
  const messages = spoken.stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.is((messages[0]?.['return'] as { status: string }).status, 'running');
  assert.equal(messages.filter((message) => 'id' in message).map(({ id }) => id), ['a', 2]);
  assert.equal(messages.flatMap(({ event }) => event ?? []), ['STOP', 'RESUME']);
});

test('an interrupt that cannot be masked', async ({ vm }) => {
  assert.is((await vm.kloop(['nmi'])).status, 0);
  assert.match((await vm.kloop(['exec', '--', 'dmesg'])).stdout, /NMI: /);
});

test('SysRq where the console is shown live; a crash is the VM\'s end, and no failure of sysrq\'s', async () => {
  const vm = await startVm(['--dmesg', '--', 'sleep', '1000']);
  assert.match((await vm.kloop(['sysrq', 'h'])).stdout, /HELP/);
  const crashed = await vm.kloop(['sysrq', 'c']);
  assert.is(crashed.status, 0, crashed.stderr);
  assert.match(crashed.stdout, /Kernel panic - not syncing: sysrq triggered crash/);
  assert.is((await vm.ended).status, 255);
  await vm.end();
});

test('the directory of a VM is nobody else\'s', ({ vm }) => {
  assert.is(statSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop')).mode & 0o777, 0o700);
});

test.run();
