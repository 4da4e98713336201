import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watch } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../tasks/host/processes/process.ts';
import { chosenTree } from '../../tasks/kernel/source/choice.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { sourceTarget } from '../../tasks/targets/source.ts';
import { serve, serveNothing } from '../support/http.ts';
import { bringUpOne, git, littleRepository, littleTarball, littleTree, settingsIn, write } from '../support/little-kernel.ts';
import { testIf } from '../support/skip-unless.ts';

const test = suite<{ dir: string }>('source');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop test ü-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

const closedPort = 'http://127.0.0.1:9';
/** REPOS_DIR has no space in it, as Kbuild wants; all else of these tests has. */
const reposOf = new Map<string, string>();
function inDir(dir: string, values: Record<string, string>) {
  const repos = reposOf.get(dir) ?? mkdtempSync(join(tmpdir(), 'kloop-repos-'));
  reposOf.set(dir, repos);
  return settingsIn(dir, { REPOS_DIR: repos, ...values });
}
test.after(() => { for (const repos of reposOf.values()) rmSync(repos, { recursive: true, force: true }); });

function run(dir: string, values: Record<string, string>, options: { choose?: boolean } = {}) {
  const settings = inDir(dir, values);
  return bringUpOne(sourceTarget({ settings, processes: new Processes(), needs: [], ...options }), settings);
}

test('a clone by path, on the branch', async ({ dir }) => {
  littleRepository(join(dir, 'little kernel'));
  const values = { KERNEL_SOURCES: `'git+file:${dir}/little kernel#old'` };
  const told = await run(dir, values);
  assert.is(told.words, '');
  const tree = chosenTree(inDir(dir, values)) as string;
  assert.match(tree, /\/little-kernel-old$/);
  assert.is(readFileSync(join(tree, 'net/mptcp/pm.c'), 'utf8'), '# net/mptcp/pm.c\n');
  assert.equal(readdirSync(join(tree, '..')), ['little-kernel-old']);
});

test('a clone by http, one commit deep, and by a commit', async ({ dir }) => {
  const repository = littleRepository(join(dir, 'served/linux.git'));
  git(repository, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const commit = git(repository, 'rev-parse', 'old').trim();
  const server = await serve(join(dir, 'served'));
  try {
    const whole = { KERNEL_SOURCES: `git+${server.url}/linux.git/.git` };
    assert.is((await run(dir, whole)).words, '');
    assert.is(git(chosenTree(inDir(dir, whole)) as string, 'rev-list', '--count', 'HEAD').trim(), '1'); // of two
    const values = { KERNEL_SOURCES: `git+${server.url}/linux.git/.git#${commit}` };
    assert.is((await run(dir, values)).words, '');
    assert.is(git(chosenTree(inDir(dir, values)) as string, 'rev-parse', 'HEAD').trim(), commit);
  } finally {
    await server.close();
  }
});

test('the first that is available: others are said in a line each, within their time', async ({ dir }) => {
  const silent = await serveNothing();
  const server = await serve(join(dir, 'served'));
  littleTarball(join(dir, 'linux-5.4.tar.gz'), littleTree(join(dir, 'linux-5.4'), '5.4'));
  const tarball = `'file:${dir}/linux-5.4.tar.gz'`;
  const saidOf = async (sources: readonly string[], timeout: Record<string, string> = {}) => {
    const told = await run(dir, { KERNEL_SOURCES: [...sources, tarball].join(' '), ...timeout });
    assert.is(told.words, '');
    assert.match(told.lines.at(-1) ?? '', 'Linux 5.4.0 in ');
    const said = told.lines.slice(0, -1);
    assert.is(said.length, sources.length);
    return said;
  };
  try {
    // With time to answer, which a busy machine needs.
    const refusing = await saidOf([`git+${closedPort}/a.git`, `git+${closedPort}/b.git`, `${server.url}/gone.tar.xz`, 'file:/nowhere/linux.tar']);
    assert.match(refusing[0] ?? '', /a\.git is unavailable: .*(refused|Couldn't connect|Failed to connect).*; trying git\+/);
    assert.match(refusing[2] ?? '', '404');
    assert.match(refusing[3] ?? '', 'there is no /nowhere/linux.tar');
    const began = performance.now();
    const silenced = await saidOf([`git+${silent.url}/b.git`, `${silent.url}/c.tar.xz`], { SOURCE_TIMEOUT: '300ms' });
    assert.ok(performance.now() - began < 4000);
    assert.match(silenced[0] ?? '', 'no answer within 0.3 s');
    assert.match(silenced[1] ?? '', 'no answer within 0.3 s');
  } finally {
    await silent.close();
    await server.close();
  }
});

test('none is available: each with its reason, and nothing is left', async ({ dir }) => {
  const told = await run(dir, { KERNEL_SOURCES: `git+${closedPort}/a.git file:/nowhere/linux.tar` });
  assert.match(told.words, 'no source in KERNEL_SOURCES is available');
  assert.match(told.words, 'there is no /nowhere/linux.tar');
  assert.not(existsSync(inDir(dir, {}).reposDir) && readdirSync(inDir(dir, {}).reposDir).length > 0);
});

test('the choice stays, whatever the network does, until it is asked anew', async ({ dir }) => {
  const repository = littleRepository(join(dir, 'served/first.git'));
  const other = littleTarball(join(dir, 'other-6.2.tar.gz'), littleTree(join(dir, 'other-6.2'), '6.2'));
  renameSync(repository, `${repository}.away`);
  const values = { KERNEL_SOURCES: `'git+file:${repository}' 'file:${other}'` };
  assert.match((await run(dir, values)).lines.at(-1) ?? '', 'Linux 6.2.0');
  renameSync(`${repository}.away`, repository);
  const again = await run(dir, values);
  assert.equal(again.events.map((event) => event.kind).filter((kind) => kind !== 'planned'), ['skipped']);
  assert.match(again.lines[0] ?? '', 'Linux 6.2.0');
  // its tree removed: made again from where it came
  rmSync(chosenTree(inDir(dir, values)) as string, { recursive: true });
  assert.match((await run(dir, values)).lines.at(-1) ?? '', 'Linux 6.2.0');
  assert.match((await run(dir, values, { choose: true })).lines.at(-1) ?? '', 'Linux 6.1.0');
  assert.match((await run(dir, values)).lines.at(-1) ?? '', 'Linux 6.1.0');
});

test('a tree that is there is used as it is, without a look at the network', async ({ dir }) => {
  const values = { KERNEL_SOURCES: 'git+https://kloop.invalid/linux.git' };
  const tree = littleTree(join(inDir(dir, values).reposDir, 'linux'), '5.10');
  write(join(tree, 'mine'), 'x');
  const told = await run(dir, values);
  assert.match(told.lines[0] ?? '', 'Linux 5.10.0');
  assert.ok(existsSync(join(tree, 'mine')));
});

test('directories: used as they are; what is not a kernel tree is refused, and why', async ({ dir }) => {
  const ok = mkdtempSync(join(tmpdir(), 'kloop-tree-'));
  try {
    littleTree(ok);
    assert.match((await run(dir, { KERNEL_SOURCES: `dir:${ok}` })).lines[0] ?? '', `Linux 6.1.0 in ${ok}`);
    rmSync(join(ok, 'arch/x86'), { recursive: true });
    assert.match((await run(dir, { KERNEL_SOURCES: `dir:${ok}` })).words, 'it has no arch/x86');
    write(join(ok, 'Makefile'), 'all:\n');
    assert.match((await run(dir, { KERNEL_SOURCES: `dir:${ok}` })).words, 'has no kernel version');
    assert.match((await run(dir, { KERNEL_SOURCES: 'dir:/nowhere/at-all' })).words, 'there is no such directory');
    littleTree(join(dir, 'a b'));
    assert.match((await run(dir, { KERNEL_SOURCES: `'dir:${dir}/a b'` })).words, 'a space in its path, which Kbuild does not support');
    assert.match((await run(dir, { KERNEL_SOURCES: 'floppy:/a' })).words, "'floppy:'");
  } finally {
    rmSync(ok, { recursive: true });
  }
});

test('a download: its hash, a broken one continued, a wrong one removed', async ({ dir }) => {
  littleTarball(join(dir, 'served/linux-6.3.tar.gz'), littleTree(join(dir, 'linux-6.3'), '6.3'));
  const bytes = readFileSync(join(dir, 'served/linux-6.3.tar.gz'));
  const hash = createHash('sha256').update(bytes).digest('hex');
  const server = await serve(join(dir, 'served'));
  try {
    const wrong = { KERNEL_SOURCES: `${server.url}/linux-6.3.tar.gz#sha256=${'0'.repeat(64)}` };
    assert.match((await run(dir, wrong)).words, `its sha256 is ${hash}`);
    const repos = inDir(dir, wrong).reposDir;
    assert.equal(readdirSync(repos), []);
    // as an interrupted run leaves it
    mkdirSync(join(repos, '.linux-6.3.kloop-download'));
    writeFileSync(join(repos, '.linux-6.3.kloop-download/linux-6.3.tar.gz'), bytes.subarray(0, 100));
    const told = await run(dir, { KERNEL_SOURCES: `${server.url}/linux-6.3.tar.gz#sha256=${hash}` });
    assert.is(told.words, '');
    assert.equal(readdirSync(repos), ['linux-6.3']);
  } finally {
    await server.close();
  }
});

test('a tarball that is broken, or holds no kernel, leaves nothing', async ({ dir }) => {
  const tarball = littleTarball(join(dir, 'linux-6.4.tar.xz'), littleTree(join(dir, 'linux-6.4'), '6.4'));
  truncateSync(tarball, 120);
  const values = { KERNEL_SOURCES: `'file:${tarball}'` };
  const told = await run(dir, values);
  assert.match(told.words, 'tar');
  assert.match(told.words, 'unpacking');
  assert.equal(readdirSync(inDir(dir, values).reposDir), []);
});

// Only root may mount the small file system.
const asRoot = testIf(process.getuid?.() === 0, test);
asRoot('no space: said so, and nothing is left', async ({ dir }) => {
  const tarball = littleTarball(join(dir, 'linux-6.5.tar'), (write(join(dir, 'linux-6.5/big'), 'x'.repeat(3 << 20)), littleTree(join(dir, 'linux-6.5'), '6.5')));
  const repos = mkdtempSync(join(tmpdir(), 'kloop-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', repos]);
  try {
    const told = await run(dir, { KERNEL_SOURCES: `'file:${tarball}'`, REPOS_DIR: repos });
    assert.match(told.words, 'no space left on the device');
    assert.match(told.words, `df -h ${repos}`);
    assert.equal(readdirSync(repos), []);
  } finally {
    execFileSync('umount', [repos]);
    rmSync(repos, { recursive: true });
  }
});

/** A run in a process of its own, killed as soon as `directory` holds a partial tree, the whole group at once. */
async function killedRun(dir: string, values: Record<string, string>): Promise<void> {
  const repos = values['REPOS_DIR'] ?? '';
  const watcher = watch(repos);
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'bring-up-source.ts'), dir, JSON.stringify(values)], { detached: true, stdio: 'ignore' });
  await new Promise<void>((resolve) => {
    const look = () => { if (readdirSync(repos).some((name) => name.endsWith('.kloop-partial'))) resolve(); };
    watcher.on('change', look);
    look();
  });
  watcher.close();
  const gone = new Promise((resolve) => child.on('close', resolve));
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await gone;
}

test('killed while it unpacks, the next run puts it right', async ({ dir }) => {
  const repos = inDir(dir, {}).reposDir;
  const tarball = join(dir, 'linux-6.6.tar');
  execFileSync('mkfifo', [tarball]); // tar waits for its first byte until it is killed
  const values = { KERNEL_SOURCES: `'file:${tarball}'`, REPOS_DIR: repos };
  await killedRun(dir, values);
  assert.equal(readdirSync(repos), ['.linux-6.6.kloop-partial']);
  rmSync(tarball);
  littleTarball(tarball, littleTree(join(dir, 'linux-6.6'), '6.6'));
  assert.is((await run(dir, values)).words, '');
  assert.equal(readdirSync(repos), ['linux-6.6']);
});

test('killed while it clones, the next run puts it right', async ({ dir }) => {
  const repos = inDir(dir, {}).reposDir;
  littleRepository(join(dir, 'served/linux'));
  let open = false;
  // The second request of a fetch asks for the pack; a `ls-remote` makes at most one of these.
  const server = await serve(join(dir, 'served'), (path) => (!open && path.endsWith('git-upload-pack') && readdirSync(repos).length > 0 ? new Promise(() => undefined) : undefined));
  const values = { KERNEL_SOURCES: `git+${server.url}/linux/.git#main`, REPOS_DIR: repos };
  try {
    await killedRun(dir, values);
    open = true;
    const told = await run(dir, values);
    assert.is(told.words, '');
    assert.not(isFailure(told.result));
    assert.is(readdirSync(repos).filter((name) => !name.startsWith('.')).length, 1);
    assert.is(readdirSync(repos).length, 1);
  } finally {
    await server.close();
  }
});

test.run();
