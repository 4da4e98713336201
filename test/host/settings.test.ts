/** The layers of settings, as files and variables give them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NoTree, OwnTree } from '../../config/own-tree.ts';
import { sharedStateDir } from '../../config/settings.ts';
import { loadSettings, type SettingsOptions } from '../../tasks/host/settings.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';
import { write } from '../support/little-kernel.ts';
import { projectDir } from '../support/project.ts';

interface Context { dir: string; checkout: string; tree: OwnTree; env: Record<string, string> }
const test = suite<Context>('settings');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const path = join(context.dir, 'linux');
  context.tree = { kind: 'own', path, why: 'you are in it', state: join(path, '.kloop'), build: undefined };
  context.checkout = join(context.dir, 'checkout');
  write(join(context.checkout, 'config/defaults.env'), readFileSync(join(projectDir, 'config/defaults.env'), 'utf8'));
  context.env = { HOME: join(context.dir, 'home') };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const load = (context: Context, more: Partial<SettingsOptions> = {}) => {
  const settings = loadSettings({ projectDir, installed: true, found: context.tree, overrides: {}, env: context.env, ...more });
  if (isFailure(settings)) throw new Error(formatFailure(settings));
  return settings;
};
const nothing = (dir: string): NoTree => ({ kind: 'none', path: dir, met: { what: 'nothing' } });

test('defaults < the user < the tree < the environment < the command line', (context) => {
  const { dir, env } = context;
  const memory = (more: Partial<SettingsOptions> = {}) => load(context, more).vmMemoryBytes / 2 ** 20;
  assert.is(memory(), 1024);
  write(join(dir, 'home/.config/kloop/env'), 'VM_MEMORY=1M\nVM_MEMORY=200M\nVM_CPUS=3\n');
  assert.is(memory(), 200);
  write(join(dir, 'linux/.kloop/env'), 'VM_MEMORY=300M\n');
  assert.is(memory(), 300);
  assert.is(load(context).vmCpus, 3);
  assert.is(memory({ env: { ...env, VM_MEMORY: '400M' } }), 400);
  assert.is(memory({ env: { ...env, VM_MEMORY: '400M' }, overrides: { VM_MEMORY: '500M' } }), 500);
});

test("another tree has its own settings, and the user's", (context) => {
  const { dir } = context;
  write(join(dir, 'home/.config/kloop/env'), 'VM_CPUS=3\n');
  write(join(dir, 'linux/.kloop/env'), 'VM_MEMORY=300M\n');
  const other: OwnTree = { ...context.tree, path: join(dir, 'other'), state: join(dir, 'other/.kloop') };
  const { vmMemoryBytes, vmCpus, stateDir } = load(context, { found: other });
  assert.equal([vmMemoryBytes, vmCpus, stateDir], [2 ** 30, 3, join(dir, 'other/.kloop')]);
});

test('XDG_CONFIG_HOME is followed where it is absolute; KLOOP_ENV_FILE is in the place of the user\'s file', (context) => {
  const { dir, env } = context;
  write(join(dir, 'xdg/kloop/env'), 'VM_CPUS=4\n');
  write(join(dir, 'home/.config/kloop/env'), 'VM_CPUS=3\n');
  write(join(dir, 'mine.env'), 'VM_CPUS=5\n');
  write(join(dir, 'linux/.kloop/env'), 'VM_MEMORY=300M\n');
  const cpus = (more: Record<string, string>) => load(context, { env: { ...env, ...more } }).vmCpus;
  assert.is(cpus({ XDG_CONFIG_HOME: join(dir, 'xdg') }), 4);
  assert.is(cpus({ XDG_CONFIG_HOME: 'xdg' }), 3);
  assert.is(cpus({ KLOOP_ENV_FILE: join(dir, 'mine.env') }), 5);
  assert.is(cpus({ KLOOP_ENV_FILE: '' }), 0);
  assert.is(load(context, { env: { ...env, KLOOP_ENV_FILE: '' } }).vmMemoryBytes, 300 * 2 ** 20, "the tree's own stays");
});

test('what is wrong is told with its file', (context) => {
  write(join(context.dir, 'linux/.kloop/env'), 'VM_MEMROY=1G\n');
  const failed = loadSettings({ projectDir, installed: true, found: context.tree, overrides: {}, env: context.env });
  assert.ok(isFailure(failed));
  assert.match(formatFailure(failed), `${context.dir}/linux/.kloop/env: VM_MEMROY: unknown setting. Did you mean VM_MEMORY?`);
});

test('in a tree: it is the source, its state is in it, relative paths start at it; what is kloop\'s own stays kloop\'s', (context) => {
  const { dir, checkout, tree, env } = context;
  const settings = load(context, { env: { ...env, KERNEL_SOURCES: 'mptcp', KERNEL_FRAGMENTS: './mine.config' } });
  assert.is(settings.tree, tree);
  assert.equal(settings.kernelSources, [`dir:${tree.path}`]);
  assert.is(settings.stateDir, join(tree.path, '.kloop'));
  assert.equal(settings.kernelFragments, [join(tree.path, 'mine.config')]);
  assert.is(settings.kernelConfig, join(projectDir, 'kernel.config'));
  assert.is(settings.hostStateDir, join(dir, 'home/.local/state/kloop'), 'a bridge is not one of the tree');
  assert.is(load(context, { installed: false, projectDir: checkout }).hostStateDir, join(checkout, '.kloop'));
  assert.is(load(context, { env: { ...env, STATE_DIR: '/state' } }).hostStateDir, '/state');
});

test('where the kernel is built: the last build < KBUILD_OUTPUT < the settings < where one stands < the environment', (context) => {
  const { dir, tree, env } = context;
  const at = (build: OwnTree['build'], more: Record<string, string> = {}) => {
    const settings = load(context, { found: { ...tree, build }, env: { ...env, ...more } });
    return `${settings.kernelBuildDir ?? 'in place'} (${settings.kernelBuildDirBy ?? ''})`;
  };
  const last = { path: '/last', why: 'as last time', here: false };
  const here = { path: '/here', why: 'you are in it', here: true };
  assert.is(at(undefined), 'in place ()');
  assert.is(at(last), '/last (as last time)');
  assert.is(at(last, { KBUILD_OUTPUT: '/output' }), '/output (KBUILD_OUTPUT)');
  assert.is(at(undefined, { KBUILD_OUTPUT: 'out' }), `${tree.path}/out (KBUILD_OUTPUT)`, 'make runs in the tree');
  write(join(dir, 'linux/.kloop/env'), 'KERNEL_BUILD_DIR=../set\n');
  assert.is(at(last, { KBUILD_OUTPUT: '/output' }), `${dir}/set (KERNEL_BUILD_DIR in ${dir}/linux/.kloop/env)`);
  assert.is(at(here), '/here (you are in it)');
  assert.is(at(here, { KERNEL_BUILD_DIR: '/asked' }), '/asked (KERNEL_BUILD_DIR in the environment)');
  assert.is(at(here, { KERNEL_BUILD_DIR: '' }), 'in place ()', 'empty: in the tree, by request');
});

test('in no tree: a checkout goes by KERNEL_SOURCES as ever, a package only where that is set', (context) => {
  const { dir, checkout, env } = context;
  const found = nothing(dir);
  write(join(checkout, '.env'), 'VM_CPUS=7\n');
  const atKloop = load(context, { installed: false, projectDir: checkout, found });
  assert.equal([atKloop.tree, atKloop.stateDir, atKloop.vmCpus], [undefined, join(checkout, '.kloop'), 7]);
  assert.is(load(context, { installed: false, projectDir: checkout }).vmCpus, 0, "a checkout's settings are not every tree's");
  const installed = load(context, { found });
  assert.equal(installed.tree, found);
  assert.is(installed.stateDir, join(dir, 'home/.local/state/kloop'));
  assert.equal(installed.settingsFiles, [join(dir, 'home/.config/kloop/env')]);
  assert.is(load(context, { found, env: { ...env, KERNEL_SOURCES: 'mptcp' } }).tree, undefined);
  write(join(dir, 'home/.config/kloop/env'), 'KERNEL_SOURCES=mptcp\n');
  assert.is(load(context, { found }).tree, undefined);
});

test('half a tree is never another', (context) => {
  const found: NoTree = { kind: 'none', path: context.dir, met: { what: 'part', why: 'it has no Kbuild' } };
  for (const installed of [true, false]) assert.equal(load(context, { installed, found, env: { ...context.env, KERNEL_SOURCES: 'mptcp' } }).tree, found);
});

const words = (context: Context, more: Partial<SettingsOptions>): string => {
  const settings = loadSettings({ projectDir, installed: true, found: context.tree, overrides: {}, env: context.env, ...more });
  return isFailure(settings) ? formatFailure(settings) : '';
};

test('a variant: the tree < what kloop ships < the user\'s < the tree\'s < the environment < the command line', (context) => {
  const { dir, env } = context;
  const memory = (more: Partial<SettingsOptions> = {}) => load(context, { variant: { name: 'debug' }, ...more }).vmMemoryBytes / 2 ** 20;
  assert.is(memory(), 2048, 'of config/variants/debug.env');
  write(join(dir, 'linux/.kloop/env'), 'VM_MEMORY=4G\nKERNEL_FRAGMENTS=containers,./my.config\nVM_CPUS=3\n');
  const mine = join(dir, 'linux/my.config');
  assert.is(memory(), 4096, 'it gives at least so much, and no less than was set');
  assert.equal(load(context, { variant: { name: 'debug' } }).kernelFragments, ['containers', mine, 'lockdep', 'kasan', 'kmemleak'], 'what is relative stays so to the tree');
  assert.is(load(context, { variant: { name: 'debug' } }).vmCpus, 3);
  write(join(dir, 'home/.config/kloop/debug.env'), 'VM_MEMORY=300M\n');
  assert.is(memory(), 300);
  write(join(dir, 'linux/.kloop/debug.env'), 'VM_MEMORY=400M\nKERNEL_FRAGMENTS=${KERNEL_FRAGMENTS},btf\n');
  assert.is(memory(), 400);
  assert.equal(load(context, { variant: { name: 'debug' } }).kernelFragments, ['containers', mine, 'lockdep', 'kasan', 'kmemleak', 'btf']);
  assert.is(memory({ env: { ...env, VM_MEMORY: '500M' } }), 500);
  assert.is(memory({ env: { ...env, VM_MEMORY: '500M' }, overrides: { VM_MEMORY: '600M' } }), 600);
  assert.is(load(context).vmMemoryBytes, 2 ** 32, 'the build without it knows nothing of it');
});

test('a variant\'s state, build and VM are its own, whatever else says where; what belongs to the host or the tree is shared', (context) => {
  const { dir, tree, env } = context;
  write(join(dir, 'linux/.kloop/env'), 'KERNEL_BUILD_DIR=/build\nVM_NAME=mine\n');
  const normal = load(context);
  const debug = load(context, { variant: { name: 'debug' }, env: { ...env, KERNEL_BUILD_DIR: '/elsewhere', KBUILD_OUTPUT: '/output' } });
  const state = join(tree.state, 'variants/debug');
  assert.equal([debug.stateDir, debug.kernelBuildDir, debug.vmName], [state, join(state, 'build'), 'mine-debug']);
  assert.is(debug.kernelBuildDirBy, 'variant debug, by config/variants/debug.env');
  assert.equal([debug.hostStateDir, debug.kernelSources, debug.tree], [normal.hostStateDir, normal.kernelSources, normal.tree]);
  assert.is(sharedStateDir(debug), normal.stateDir);
  assert.is(sharedStateDir(normal), normal.stateDir);
  assert.equal([normal.variant, debug.variant?.name, debug.variant?.normal.kernelBuildDir], [undefined, 'debug', '/elsewhere']);
  assert.is(load(context, { variant: { name: 'debug' }, env: { ...env, STATE_DIR: '/state' } }).stateDir, '/state/variants/debug');
  assert.is(load(context, { variant: { name: 'debug' }, overrides: { VM_NAME: 'other' } }).vmName, 'other');
  write(join(tree.state, 'debug.env'), 'KERNEL_BUILD_DIR=../fast\n');
  assert.is(load(context, { variant: { name: 'debug' } }).kernelBuildDir, join(dir, 'fast'), 'its own file may say it');
  assert.equal(debug.settingsFiles, [
    ...normal.settingsFiles, join(projectDir, 'config/variants/debug.env'), join(dir, 'home/.config/kloop/debug.env'), join(tree.state, 'debug.env'),
  ], 'watched, whether they are there or not');
});

test('in a checkout it is .env.NAME; .env.example is none', (context) => {
  const { dir, checkout } = context;
  const at = { installed: false, projectDir: checkout, found: nothing(dir) };
  write(join(checkout, '.env'), 'VM_CPUS=2\n');
  write(join(checkout, '.env.mine'), 'VM_CPUS=7\n');
  write(join(checkout, '.env.example'), 'VM_CPUS=9\n');
  const mine = load(context, { ...at, variant: { name: 'mine' } });
  assert.equal([mine.vmCpus, mine.stateDir], [7, join(checkout, '.kloop/variants/mine')]);
  assert.match(mine.kernelBuildDirBy ?? '', /by \.env\.mine$/);
  assert.match(words(context, { ...at, variant: { name: 'mime' } }), /there is no variant 'mime'. Did you mean mine\?\n {2}Variants: mine\n/);
});

test('a variant that does not exist: the known ones, the nearest, and where one\'s own would be', (context) => {
  write(join(context.dir, 'linux/.kloop/mine.env'), '');
  const said = words(context, { variant: { name: 'debgu' } });
  assert.match(said, /^kloop: there is no variant 'debgu'. Did you mean debug\?\n {2}Variants: btf, clang, debug, mine, tiny\n/);
  assert.match(said, `Or write settings of your own to ${context.tree.state}/debgu.env`);
  assert.is(words(context, { variant: { name: 'mine' } }), '', 'an empty file is one');
  for (const name of ['../../etc', 'a b', '']) assert.match(words(context, { variant: { name } }), 'A name has letters, digits', name);
});

test('the file of a variant that is to be removed may be gone, what was built may not', (context) => {
  const gone = { name: 'gone', mayBeGone: true };
  assert.match(words(context, { variant: gone }), "there is no variant 'gone'");
  mkdirSync(join(context.tree.state, 'variants/gone'), { recursive: true });
  assert.is(load(context, { variant: gone }).stateDir, join(context.tree.state, 'variants/gone'));
  assert.match(words(context, { variant: { name: 'gone' } }), "there is no variant 'gone'");
});

test('what is wrong in a variant is told with its file; its state cannot be elsewhere', (context) => {
  write(join(context.tree.state, 'mine.env'), 'VM_MEMROY=1G\nSTATE_DIR=/state\nVM_CPUS=many\n');
  const said = words(context, { variant: { name: 'mine' } });
  assert.match(said, '3 settings are wrong');
  assert.match(said, `${context.tree.state}/mine.env: VM_MEMROY: unknown setting. Did you mean VM_MEMORY?`);
  assert.match(said, `${context.tree.state}/mine.env: STATE_DIR=/state: a variant has a state directory of its own`);
});

test('who stands in the build directory of a variant means it', (context) => {
  const found: OwnTree = { ...context.tree, variant: 'debug' };
  assert.is(load(context, { found }).variant?.name, 'debug');
  assert.is(load(context, { found, variant: { name: 'btf' } }).variant?.name, 'btf');
});

test.run();
