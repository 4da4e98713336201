import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../../config/settings.ts';
import { inHookOf } from '../../support/git-env.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { copiesDir, installConfig } from '../../../tasks/kernel/config/ownership.ts';
import { chosenTree } from '../../../tasks/kernel/source/choice.ts';
import { cleanSource, parseStatus } from '../../../tasks/kernel/clean/source.ts';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { sourceTarget } from '../../../tasks/targets/source.ts';
import { bringUpOne, git, littleRepository, littleTarball, littleTree, settingsIn, write } from '../../support/little-kernel.ts';

interface Context { dir: string; settings: Settings; tree: string }
const processes = new Processes();

async function obtained(context: Context, source: string): Promise<void> {
  context.settings = settingsIn(context.dir, { KERNEL_SOURCES: source });
  const told = await bringUpOne(sourceTarget({ settings: context.settings, processes, needs: [] }), context.settings);
  assert.is(told.words, '');
  context.tree = chosenTree(context.settings) as string;
}

/** What cleaning says: '' when the tree is gone. */
async function cleaned({ settings, tree }: Context): Promise<string> {
  const done = await cleanSource({ settings, processes });
  assert.is(existsSync(tree), isFailure(done));
  return isFailure(done) ? formatFailure(done) : '';
}

/** What make leaves. */
function build(tree: string): void {
  for (const path of ['net/mptcp/pm.o', 'net/mptcp/.pm.o.cmd', 'vmlinux', '.vmlinux.cmd', 'include/generated/autoconf.h', '.config.old']) write(join(tree, path), 'made');
}

const kinds: [string, (context: Context) => Promise<void>][] = [
  ['clone', async (context) => obtained(context, `git+file:${littleRepository(join(context.dir, 'linux'))}`)],
  ['unpacked', async (context) => obtained(context, `file:${littleTarball(join(context.dir, 'linux-6.1.tar'), littleTree(join(context.dir, 'linux-6.1')))}`)],
];

for (const [name, make] of kinds) {
  const test = suite<Context>(name);
  test.before.each(async (context) => {
    context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
    await make(context);
  });
  test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

  test('built, and nothing of the user in it: removed, whole', async (context) => {
    build(context.tree);
    const dotConfig = join(context.tree, '.config');
    installConfig('CONFIG_A=y\n', dotConfig, copiesDir(context.settings.stateDir, dotConfig));
    assert.is(await cleaned(context), '');
    assert.equal(readdirSync(context.settings.reposDir), []);
    assert.equal(await cleanSource({ settings: context.settings, processes }), []);
  });

  test('a changed file', async (context) => {
    write(join(context.tree, 'net/mptcp/pm.c'), '// mine\n');
    assert.match(await cleaned(context), 'changed: net/mptcp/pm.c');
  });

  test('a new file, also one that git ignores; named up to five, then counted', async (context) => {
    write(join(context.tree, 'net/mptcp/mine.c'), '');
    assert.match(await cleaned(context), 'net/mptcp/mine.c');
    write(join(context.tree, 'fix.patch'), '');
    assert.match(await cleaned(context), 'fix.patch');
    for (let i = 0; i < 6; i++) write(join(context.tree, `notes${i}.txt`), '');
    assert.match(await cleaned(context), 'and 3 more');
  });

  test('a removed file', async (context) => {
    rmSync(join(context.tree, 'net/mptcp/pm.c'));
    assert.match(await cleaned(context), 'net/mptcp/pm.c');
  });

  test('a .config edited by hand', async (context) => {
    write(join(context.tree, '.config'), 'CONFIG_MINE=y\n');
    assert.match(await cleaned(context), '.config was edited by hand');
  });

  test.run();
}

const test = suite<Context>('others');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test('commits, on a branch, a stash; not those of the remote', async (context) => {
  const repository = littleRepository(join(context.dir, 'linux'));
  await obtained(context, `git+file:${repository}`);
  write(join(repository, 'net/mptcp/pm.c'), '// three\n');
  git(repository, 'commit', '--all', '--quiet', '--message=three');
  git(context.tree, 'pull', '--quiet');
  git(context.tree, 'checkout', '--quiet', '-b', 'mine');
  write(join(context.tree, 'net/mptcp/pm.c'), '// mine\n');
  git(context.tree, 'commit', '--all', '--quiet', '--message=my fix');
  git(context.tree, 'checkout', '--quiet', 'main');
  assert.match(await cleaned(context), /commits that are not on the remote: \w+ my fix\n/);
  git(context.tree, 'branch', '--quiet', '-D', 'mine');
  write(join(context.tree, 'net/mptcp/pm.c'), '// stashed\n');
  git(context.tree, 'stash');
  assert.match(await cleaned(context), 'WIP on main');
  git(context.tree, 'stash', 'drop');
  assert.is(await cleaned(context), '');
});

test('in a hook of another repository it is still the clone that is looked into, and the clone that is made', async (context) => {
  const other = littleRepository(join(context.dir, 'other'));
  const repository = littleRepository(join(context.dir, 'linux'));
  await inHookOf(other, () => obtained(context, `git+file:${repository}`));
  write(join(context.tree, 'net/mptcp/pm.c'), '// mine\n');
  assert.match(await inHookOf(other, () => cleaned(context)), 'changed: net/mptcp/pm.c');
  assert.is(git(other, 'status', '--porcelain'), '');
});

test('a time that moved is taken for a change', async (context) => {
  await obtained(context, `file:${littleTarball(join(context.dir, 'linux-6.1.tar'), littleTree(join(context.dir, 'linux-6.1')))}`);
  utimesSync(join(context.tree, 'Kbuild'), 1, 1);
  assert.match(await cleaned(context), 'changed: Kbuild');
});

test('trees that kloop did not make', async (context) => {
  const tree = littleTree(join(context.dir, 'linux'));
  await obtained(context, `dir:${tree}`);
  assert.match(await cleaned(context), 'your own directory (dir:)');
  const settings = settingsIn(context.dir, { KERNEL_SOURCES: 'git+https://kloop.invalid/mine.git' });
  littleRepository(join(settings.reposDir, 'mine'));
  await obtained(context, 'git+https://kloop.invalid/mine.git');
  assert.match(await cleaned(context), 'kloop did not make it');
});

test('a copy of a tree that kloop unpacked, named as a directory', async (context) => {
  await obtained(context, `file:${littleTarball(join(context.dir, 'linux-6.1.tar'), littleTree(join(context.dir, 'linux-6.1')))}`);
  const copy = join(context.dir, 'copy');
  cpSync(context.tree, copy, { recursive: true, preserveTimestamps: true });
  await obtained(context, `dir:${copy}`);
  assert.match(await cleaned(context), 'your own directory (dir:)');
});

test('an unpacked tree that became a repository', async (context) => {
  await obtained(context, `file:${littleTarball(join(context.dir, 'linux-6.1.tar'), littleTree(join(context.dir, 'linux-6.1')))}`);
  git(context.tree, 'init', '--quiet');
  assert.match(await cleaned(context), 'git repository since');
});

test('status: changed, untracked, ignored, renamed', () => {
  assert.equal(parseStatus(' M Makefile\0R  new name\0old name\0?? notes with space\0!! fix.patch\0'), {
    changed: ['Makefile', 'new name'], others: ['notes with space', 'fix.patch'],
  });
});

test.run();
