/** What tests want of the configuration, by the kernel's own Kconfig: merged after the other fragments, verified, and taken out by a reset. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { addTestNeeds, collectionConfig } from '../../../tasks/kernel/config/for-tests.ts';
import { parseDotConfig } from '../../../tasks/kernel/config/text.ts';
import { configTarget } from '../../../tasks/targets/config.ts';
import { kconfigTree } from '../../support/kconfig-tree.ts';
import { bringUpOne, settingsIn } from '../../support/little-kernel.ts';
import { testIf } from '../../support/skip-unless.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const source = process.env['KLOOP_TEST_KCONFIG'];

testIf(source !== undefined, test)("a collection's options are merged, `=m` as built in; one that does not stick is told with its line; a reset takes them out", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const tree = kconfigTree(source ?? '', mkdtempSync(join(tmpdir(), 'kloop-tree-')));
  try {
    copyFileSync(join(root, 'kernel.config'), join(dir, 'kernel.config'));
    const config = collectionConfig(tree, 'net/mptcp');
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, 'CONFIG_MPTCP=y\nCONFIG_NET_TEAM=m\nCONFIG_NO_SUCH_OPTION=m\nCONFIG_64BIT=y\nCONFIG_NETCONSOLE_DYNAMIC=y\n');
    const settings = settingsIn(dir, { KERNEL_SOURCES: `dir:${tree}`, KERNEL_CONFIG: join(dir, 'kernel.config') });
    const run = (reset = false) => bringUpOne(configTarget({ settings, processes: new Processes(), needs: [], reset }), settings);
    const value = (option: string) => parseDotConfig(readFileSync(join(tree, '.config'), 'utf8')).get(option) ?? 'n';
    await run();
    assert.is(value('NET_TEAM'), 'n');
    addTestNeeds(settings, { collections: ['net/mptcp'] });
    const told = await run();
    assert.is(told.words, '');
    assert.is(value('NET_TEAM'), 'y');
    assert.match(told.lines.join('\n'), /selftests\/net\/mptcp\/config:5: CONFIG_NETCONSOLE_DYNAMIC=y did not stick: it needs/);
    await run(true);
    assert.is(value('NET_TEAM'), 'n');
  } finally {
    for (const made of [dir, tree]) rmSync(made, { recursive: true, force: true });
  }
});

test.run();
