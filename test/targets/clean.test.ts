/** Cleaning beside other runs. What is left of a person's work is in test/kernel/source-clean.test.ts. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../tasks/host/processes/process.ts';
import { openState } from '../../tasks/graph/state.ts';
import { cleaners } from '../../tasks/targets/clean.ts';
import { sourceTarget } from '../../tasks/targets/source.ts';
import { bringUpOne, littleTarball, littleTree, settingsIn } from '../support/little-kernel.ts';

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

test.run();
