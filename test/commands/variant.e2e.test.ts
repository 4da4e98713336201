/** Variants by the kernel's own Kconfig: each build has a configuration of its own, and going back and forth makes nothing. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDotConfig } from '../../tasks/kernel/config/text.ts';
import { kconfigTree } from '../support/kconfig-tree.ts';
import { kloop } from '../support/kloop.ts';
import { write } from '../support/little-kernel.ts';

const kconfig = process.env['KLOOP_TEST_KCONFIG'] ?? '';
const built = process.env['KLOOP_TEST_TREE'] ?? '';

const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
const tree = join(dir, 'linux');
const state = join(tree, '.kloop');
test.before(() => write(join(kconfigTree(kconfig, tree), 'init/main.c'), ''));
test.after(() => rmSync(dir, { recursive: true }));

const inTree = async (...args: string[]): Promise<string> => {
  const ended = await kloop(args, { cwd: tree, env: { STATE_DIR: '.kloop' } });
  assert.is(ended.status, 0, ended.stderr);
  return `${ended.stdout}${ended.stderr}`;
};
const valuesOf = (path: string) => parseDotConfig(readFileSync(path, 'utf8'));
const tiny = join(state, 'variants/tiny/build/.config');
const normal = join(state, 'build/.config');

test('from a variant to none and back, each is configured once, and nothing is in the tree', async () => {
  assert.match(await inTree('config', '--variant', 'tiny'), /\d{3} options/);
  assert.is(valuesOf(tiny).get('INET'), 'y');
  assert.is(valuesOf(tiny).get('MPTCP') ?? 'n', 'n');
  assert.match(await inTree('plan', 'config'), `built in ${state}/build (beside its variants)`);
  await inTree('config');
  assert.is(valuesOf(normal).get('MPTCP'), 'y');
  const times = () => [tiny, normal].map((path) => statSync(path).mtimeMs);
  const before = times();
  assert.match(await inTree('config', '--variant', 'tiny'), 'config: up to date');
  assert.match(await inTree('config'), 'config: up to date');
  assert.equal(times(), before);
  assert.equal(readdirSync(tree).filter((name) => name === '.config'), []);
});

test('an option asked for of a variant is that one\'s; one asked for of the build without one is every build\'s', async () => {
  await inTree('config', '--set', 'CONFIG_LOCALVERSION=-all');
  await inTree('config', '--variant', 'tiny', '--set', 'CONFIG_DEBUG_FS=y');
  assert.equal(['LOCALVERSION', 'DEBUG_FS'].map((option) => valuesOf(tiny).get(option)), ['"-all"', 'y']);
  await inTree('config', '--set', 'CONFIG_LOCALVERSION=-more');
  assert.match(await inTree('plan', 'config', '--variant', 'tiny'), 'asked.config');
  assert.equal([valuesOf(normal).get('LOCALVERSION'), valuesOf(tiny).get('LOCALVERSION')], ['"-more"', '"-all"']);
});

test("a person's own .config is what a variant starts from: theirs stays as it is, the variant gets what it asks for and the VM needs", async () => {
  const own = readFileSync(normal, 'utf8').replace('CONFIG_OVERLAY_FS=y', '# CONFIG_OVERLAY_FS is not set').replace(/^CONFIG_LOCALVERSION=.*$/m, 'CONFIG_LOCALVERSION="-own"');
  writeFileSync(normal, own);
  await inTree('config', '--variant', 'debug');
  const values = valuesOf(join(state, 'variants/debug/build/.config'));
  assert.equal(['PROVE_LOCKING', 'KASAN', 'DEBUG_KMEMLEAK', 'MPTCP', 'OVERLAY_FS'].filter((option) => values.get(option) !== 'y'), []);
  assert.is(values.get('LOCALVERSION'), '"-own"', 'as theirs has it, whatever was asked for before');
  assert.is(readFileSync(normal, 'utf8'), own);
  assert.match(await inTree('config', '--variant', 'debug'), 'config: up to date');
});

test('cleaned, a variant is gone, and the others are what they were', async () => {
  assert.match(await inTree('clean', '--variant', 'tiny'), 'kloop: variant tiny: removed .kloop/variants/tiny');
  assert.equal(readdirSync(join(state, 'variants')), ['debug']);
  assert.match(await inTree('plan', 'config', '--variant', 'tiny'), 'is missing');
  assert.match(await inTree('config', '--variant', 'debug'), 'config: up to date');
  assert.ok(existsSync(normal));
});

test('a tree that was built in place is not touched: the plan says what would clear the way', async () => {
  const ended = await kloop(['plan', '--variant', 'tiny']);
  assert.is(ended.status, 125, ended.stdout);
  assert.match(ended.stderr, `its tree ${built} was built in place (.config), and Kbuild refuses to mix the two`);
  assert.match(ended.stderr, `Next: make -C ${built} mrproper`);
});

test.run();
