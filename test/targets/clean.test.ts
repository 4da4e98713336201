/** Cleaning beside other runs. What is left of a person's work is in test/kernel/source-clean.test.ts. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../config/settings.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { openState } from '../../tasks/graph/state.ts';
import { cleaners, cleanVariant } from '../../tasks/targets/clean.ts';
import { sourceTarget } from '../../tasks/targets/source.ts';
import { bringUpOne, littleTarball, littleTree, settingsIn, write } from '../support/little-kernel.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
const processes = new Processes();
const { signal } = new AbortController();

test.after(() => rmSync(dir, { recursive: true }));

test('a tree is not removed under a build: clean waits, and says for whom', async () => {
  const tarball = littleTarball(join(dir, 'linux-6.1.tar.gz'), littleTree(join(dir, 'linux-6.1')));
  const settings = settingsIn(dir, { KERNEL_SOURCES: `file:${tarball}` });
  assert.is((await bringUpOne(sourceTarget({ settings, processes, needs: [] }), settings)).words, '');
  const tree = join(settings.reposDir, 'linux-6.1');
  for (const target of ['kernel', 'image']) {
    const builder = await openState({ dir: settings.stateDir, runName: 'a build' }).lock(`${target}:${tree}`, () => undefined, signal);
    const said: string[] = [];
    const stop = new AbortController();
    const world = openState({ dir: settings.stateDir, runName: 'a clean' });
    await cleaners['source']?.({ settings, processes, world, signal: stop.signal, say: (line) => { said.push(line); stop.abort(); } });
    assert.equal(said, ['waiting for a build'], target);
    assert.ok(existsSync(tree));
    await builder?.release();
  }
  assert.equal(await cleaners['source']?.({ settings, processes, world: openState({ dir: settings.stateDir, runName: 'a clean' }), signal, say: () => undefined }), [tree]);
  assert.not.ok(existsSync(tree));
});

test('of a variant all goes that kloop made of it, after a build of it has ended; nothing of others', async () => {
  const tree = littleTree(join(dir, 'own'));
  const normal = settingsIn(dir, { KERNEL_SOURCES: `dir:${tree}` });
  const of = (name: string, build?: string): Settings => {
    const stateDir = join(normal.stateDir, 'variants', name);
    const settings = { ...normal, variant: { name, normal }, stateDir, kernelBuildDir: build ?? join(stateDir, 'build') };
    write(join(settings.kernelBuildDir, 'vmlinux'), '');
    write(join(stateDir, 'records/x.json'), '');
    return settings;
  };
  const debug = of('debug');
  const btf = of('btf');
  const said: string[] = [];
  const request = (settings: Settings, say: (line: string) => void = (line) => said.push(line)) =>
    ({ settings, processes, world: openState({ dir: settings.stateDir, runName: 'a clean' }), signal, say });
  const builder = await openState({ dir: debug.stateDir, runName: 'a build' }).lock(`kernel:${debug.kernelBuildDir}`, () => undefined, signal);
  let waited = '';
  const cleaning = cleanVariant(request(debug, (line) => { waited = line; assert.ok(existsSync(debug.stateDir)); void builder?.release(); }));
  assert.equal(await cleaning, [debug.stateDir]);
  assert.is(waited, 'waiting for a build');
  assert.equal(readdirSync(join(normal.stateDir, 'variants')), ['btf']);
  assert.equal(await cleanVariant(request(debug)), []);
  const elsewhere = of('far', join(dir, 'far'));
  assert.equal(await cleanVariant(request(elsewhere)), [elsewhere.stateDir]);
  assert.equal(said, [`${join(dir, 'far')}, which your settings of the variant name, is kept`]);
  assert.ok(existsSync(join(btf.kernelBuildDir ?? '', 'vmlinux')) && existsSync(join(dir, 'far/vmlinux')));
});

test.run();
