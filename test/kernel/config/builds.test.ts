/** The builds of one tree: where the one without a variant is, what a variant starts from, when Kbuild would refuse. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../../config/settings.ts';
import { loadSettings } from '../../../tasks/host/settings.ts';
import { besideVariants, onOwnConfig, refusedInPlace } from '../../../tasks/kernel/config/builds.ts';
import { askedFile, copiesDir } from '../../../tasks/kernel/config/ownership.ts';
import { configFiles } from '../../../tasks/kernel/config/sources.ts';
import { findTree } from '../../../tasks/kernel/source/find-tree.ts';
import { noteBuildOf } from '../../../tasks/kernel/source/build-dirs.ts';
import { formatFailure, isFailure } from '../../../tasks/report/failure.ts';
import { buildDirOf, wholeTree, write } from '../../support/little-kernel.ts';
import { projectDir } from '../../support/project.ts';

const test = suite<{ dir: string; tree: string }>('builds');
test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  context.tree = wholeTree(join(context.dir, 'linux'));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** As a command has them, in the tree or, with `env`, where KERNEL_SOURCES says. */
function settings({ dir, tree }: { dir: string; tree: string }, variant?: string, { cwd = tree, env = {} }: { cwd?: string; env?: Record<string, string> } = {}): Settings {
  const all = { HOME: join(dir, 'home'), ...env };
  const found = findTree({ cwd, projectDir, env: all });
  const loaded = isFailure(found) ? found : loadSettings({ projectDir, installed: true, found, variant: variant === undefined ? undefined : { name: variant }, overrides: {}, env: all });
  if (isFailure(loaded)) throw new Error(formatFailure(loaded));
  return loaded.variant === undefined ? besideVariants(loaded) : onOwnConfig(loaded);
}

/** What Kbuild and kloop leave of a variant that was built. */
function built(of: Settings, tree: string): Settings {
  buildDirOf(tree, of.kernelBuildDir ?? '');
  noteBuildOf(of);
  return of;
}

test('from the first variant on, the build without one is beside it; not in the tree', (context) => {
  const { tree } = context;
  assert.is(settings(context).kernelBuildDir, undefined);
  const debug = settings(context, 'debug');
  mkdirSync(debug.kernelBuildDir ?? '', { recursive: true });
  assert.is(settings(context).kernelBuildDir, undefined, 'nothing was built of it yet');
  built(debug, tree);
  const normal = settings(context);
  assert.equal([normal.kernelBuildDir, normal.kernelBuildDirBy, normal.stateDir], [join(tree, '.kloop/build'), 'beside its variants', join(tree, '.kloop')]);
  assert.not(existsSync(join(tree, '.kloop/build-directory')), 'where the tree was built last is not where a variant was');
  // When the variants are gone, it stays where it is.
  buildDirOf(tree, normal.kernelBuildDir ?? '');
  noteBuildOf(normal);
  rmSync(debug.stateDir, { recursive: true });
  assert.equal([settings(context).kernelBuildDir, settings(context).kernelBuildDirBy], [join(tree, '.kloop/build'), 'as last time']);
});

test('a variant that is built elsewhere counts as well; one of another tree does not', (context) => {
  const { dir, tree } = context;
  write(join(tree, '.kloop/mine.env'), 'KERNEL_BUILD_DIR=../fast\n');
  built(settings(context, 'mine'), wholeTree(join(dir, 'other')));
  assert.is(settings(context).kernelBuildDir, undefined);
  built(settings(context, 'mine'), tree);
  assert.is(settings(context).kernelBuildDir, join(tree, '.kloop/build'));
});

test('where a person says where it is built, or built it in place, it is built there', (context) => {
  const { tree } = context;
  built(settings(context, 'debug'), tree);
  assert.is(settings(context, undefined, { env: { KERNEL_BUILD_DIR: '/build' } }).kernelBuildDir, '/build');
  assert.is(settings(context, undefined, { env: { KERNEL_BUILD_DIR: '' } }).kernelBuildDir, undefined, 'in the tree, by request');
  mkdirSync(join(tree, 'include/config'), { recursive: true });
  assert.is(settings(context).kernelBuildDir, undefined);
});

test('trees of KERNEL_SOURCES each have a build of theirs', (context) => {
  const { dir, tree } = context;
  const at = (path: string) => ({ cwd: dir, env: { KERNEL_SOURCES: `dir:${path}`, STATE_DIR: join(dir, 'state') } });
  built(settings(context, 'debug', at(tree)), tree);
  assert.is(settings(context, undefined, at(tree)).kernelBuildDir, join(dir, 'state/build/linux'));
  assert.is(settings(context, undefined, at(wholeTree(join(dir, 'other')))).kernelBuildDir, undefined);
});

test('a tree that was built in place is refused to a variant, with what clears the way and loses nothing', (context) => {
  const { tree } = context;
  const said = () => {
    const refused = refusedInPlace(settings(context, 'debug'), tree);
    return isFailure(refused) ? formatFailure(refused) : '';
  };
  assert.is(said(), '');
  mkdirSync(join(tree, 'arch/x86/include/generated'), { recursive: true });
  assert.match(said(), `kloop: the variant debug cannot be built in ${tree}/.kloop/variants/debug/build: its tree ${tree} was built in place (arch/x86/include/generated)`);
  assert.match(said(), `Next: make -C ${tree} mrproper`);
  const dotConfig = join(tree, '.config');
  write(dotConfig, 'CONFIG_X=y\n');
  assert.match(said(), `Next: mkdir -p ${tree}/.kloop/build && cp ${tree}/.config ${tree}/.kloop/build   # your own .config stays\n        make -C ${tree} mrproper`);
  write(join(copiesDir(join(tree, '.kloop'), dotConfig), 'generated'), 'CONFIG_X=y\n');
  assert.not.match(said(), 'cp ', 'kloop makes it again');
  write(askedFile(join(tree, '.kloop'), dotConfig), 'CONFIG_Y=y\n');
  assert.match(said(), 'cp ', 'but not what was asked for by itself');
  assert.is(refusedInPlace(settings(context), tree), undefined);
  // What the words say to do.
  write(join(tree, '.kloop/build/.config'), 'CONFIG_X=y\n');
  for (const made of ['.config', 'arch/x86/include']) rmSync(join(tree, made), { recursive: true });
  assert.is(said(), '');
  assert.is(settings(context).kernelBuildDir, join(tree, '.kloop/build'), 'before a variant is built');
});

test('where the .config without a variant is a person\'s own, the variant starts from it; what was asked for of it holds for both', (context) => {
  const { tree } = context;
  const build = buildDirOf(tree, join(tree, 'out'));
  const dotConfig = join(build, '.config');
  assert.is(settings(context, 'debug').kernelConfig, dotConfig);
  assert.is(settings(context, 'tiny').kernelConfig, join(projectDir, 'config/variants/tiny.config'), 'it brings its own');
  assert.is(settings(context, 'debug', { env: { KERNEL_CONFIG: '/asked' } }).kernelConfig, '/asked');
  write(join(copiesDir(join(tree, '.kloop'), dotConfig), 'generated'), '');
  assert.is(settings(context, 'debug').kernelConfig, join(projectDir, 'kernel.config'), 'kloop generated it');
  const asked = askedFile(join(tree, '.kloop'), dotConfig);
  write(asked, 'CONFIG_Y=y\n');
  assert.equal(configFiles(settings(context, 'btf')), [join(projectDir, 'kernel.config'), join(projectDir, 'config/fragments/btf.config'), asked]);
  const debug = settings(context, 'btf');
  const own = askedFile(debug.stateDir, join(debug.kernelBuildDir ?? '', '.config'));
  write(own, '# CONFIG_Y is not set\n');
  assert.equal(configFiles(settings(context, 'btf')).slice(-2), [asked, own]);
  write(dotConfig, 'CONFIG_Z=y\n');
  assert.equal(configFiles(settings(context, 'btf')), [dotConfig, join(projectDir, 'config/fragments/btf.config'), own], 'a .config that became theirs counts as it is');
});

test.run();
