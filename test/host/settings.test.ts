/** The layers of settings, as files and variables give them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NoTree, OwnTree } from '../../config/own-tree.ts';
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

test.run();
