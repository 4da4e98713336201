import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addTestNeeds, collectionConfig, forgetTestNeeds, testFragments } from '../../../tasks/kernel/config/for-tests.ts';
import { configFiles, readConfigSources } from '../../../tasks/kernel/config/sources.ts';
import { isFailure } from '../../../tasks/report/failure.ts';

interface Place {
  dir: string;
  settings: Parameters<typeof configFiles>[0];
}
const test = suite<Place>('what tests want');
test.before.each((context) => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  context.dir = dir;
  const tree = join(dir, 'tree');
  mkdirSync(join(collectionConfig(tree, 'net/mptcp'), '..'), { recursive: true });
  mkdirSync(join(dir, 'config', 'fragments'), { recursive: true });
  writeFileSync(join(dir, 'config', 'fragments', 'kunit.config'), 'CONFIG_KUNIT=y\n');
  writeFileSync(join(dir, 'kernel.config'), 'CONFIG_NET=y\n');
  writeFileSync(collectionConfig(tree, 'net/mptcp'), 'CONFIG_INET_DIAG=m\nCONFIG_MPTCP=y\nnonsense of the kernel\'s own\n');
  context.settings = { projectDir: dir, topDir: dir, tree: undefined, kernelBuildDir: undefined, stateDir: join(dir, 'state'), kernelSources: [`dir:${tree}`], reposDir: dir, kernelConfig: join(dir, 'kernel.config'), kernelFragments: [] };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test('a collection\'s config comes after the other fragments, =m as =y, once; its odd lines are nobody\'s mistake', ({ settings }) => {
  assert.is(configFiles(settings).length, 1);
  assert.is(addTestNeeds(settings, { collections: ['net/mptcp', 'none'] }), true);
  assert.is(addTestNeeds(settings, { collections: ['net/mptcp'] }), false);
  assert.equal(configFiles(settings).map((path) => path.split('/').slice(-3).join('/')).slice(1), ['net/mptcp/config']);
  const sources = readConfigSources(settings);
  assert.not(isFailure(sources));
  assert.equal(isFailure(sources) ? [] : sources.fragments.flatMap(({ requested }) => requested.map(({ option, value }) => `${option}=${value}`)), ['NET=y', 'INET_DIAG=y', 'MPTCP=y']);
});

test("KUnit's fragment, and the options that build suites in", ({ settings }) => {
  addTestNeeds(settings, { collections: [], kunit: ['B_TEST'] });
  addTestNeeds(settings, { collections: [], kunit: ['A_TEST'] });
  const [fragment, options] = testFragments(settings);
  assert.ok(fragment?.endsWith('config/fragments/kunit.config'));
  assert.is(readFileSync(options ?? '', 'utf8'), 'CONFIG_A_TEST=y\nCONFIG_B_TEST=y\n');
});

test('forgotten, it counts no more; a list that cannot be read is as none', ({ settings }) => {
  addTestNeeds(settings, { collections: ['net/mptcp'], kunit: ['A'] });
  assert.is(forgetTestNeeds(settings), undefined);
  assert.equal(testFragments(settings), []);
  addTestNeeds(settings, { collections: ['net/mptcp'] });
  writeFileSync(join(settings.stateDir, 'checks', 'config.json'), '{"fol');
  assert.equal(testFragments(settings), []);
});

test.run();
