/** --set, --config and --add-missing, by the kernel's own Kconfig. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../config/settings.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { lacking } from '../../tasks/kernel/config/needs.ts';
import { configRequest, parseSetting } from '../../tasks/kernel/config/request.ts';
import { parseDotConfig } from '../../tasks/kernel/config/text.ts';
import { lookAtTree } from '../../tasks/kernel/source/tree.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { configTarget } from '../../tasks/targets/config.ts';
import { kconfigTree } from '../support/kconfig-tree.ts';
import { bringUpOne, settingsIn } from '../support/little-kernel.ts';

const root = join(import.meta.dirname, '..', '..');
const source = process.env['KLOOP_TEST_KCONFIG'];
const processes = new Processes();

interface Context { dir: string; tree: string; dotConfig: string; settings: Settings }
const test = suite<Context>('config, asked');
const dirs: string[] = [];
test.after(() => { for (const dir of dirs) rmSync(dir, { recursive: true, force: true }); });
test.before.each((context) => {
  if (source === undefined) return;
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  context.tree = kconfigTree(source, mkdtempSync(join(tmpdir(), 'kloop-tree-')));
  dirs.push(context.dir, context.tree);
  context.dotConfig = join(context.tree, '.config');
  const fragment = join(context.dir, 'kernel.config');
  copyFileSync(join(root, 'kernel.config'), fragment);
  utimesSync(fragment, 1, 1); // a file of the very tick in which a run starts counts as newer than it
  context.settings = settingsIn(context.dir, { KERNEL_SOURCES: `dir:${context.tree}`, KERNEL_CONFIG: fragment });
});

interface Asked { set?: string[]; file?: string; addMissing?: boolean; reset?: boolean }
const run = ({ settings }: Context, { set = [], file, addMissing = false, reset = false }: Asked = {}) => {
  const options = set.map((text) => parseSetting(text)).flatMap((parsed) => ('value' in parsed ? [parsed.value] : []));
  const asked = configRequest(options, file === undefined ? undefined : { path: 'stdin', text: file }, addMissing);
  if (isFailure(asked)) throw new Error(asked.words.what);
  return bringUpOne(configTarget({ settings, processes, needs: [], reset, asked }), settings);
};
const made = (told: { events: readonly { kind: string }[] }) => told.events.some((event) => event.kind === 'finished');
const values = ({ dotConfig }: Context) => parseDotConfig(readFileSync(dotConfig, 'utf8'));
const text = ({ dotConfig }: Context) => readFileSync(dotConfig, 'utf8');

if (source === undefined) {
  test.skip('needs KLOOP_TEST_KCONFIG, a kernel tree for Kconfig', () => undefined);
} else {
  test('one that kloop generates gets the option, keeps it when it is generated again, and loses it by --reset', async (context) => {
    const first = await run(context, { set: ['CONFIG_TCP_CONG_HTCP=y', 'LOCALVERSION=-mine'] });
    assert.is(first.words, '');
    assert.is(values(context).get('TCP_CONG_HTCP'), 'y');
    assert.is(values(context).get('LOCALVERSION'), '"-mine"');
    assert.not(made(await run(context)), 'it is still as kloop generated it, and nothing is newer');
    assert.not(made(await run(context, { set: ['CONFIG_TCP_CONG_HTCP=y'] })), 'it has it');
    const now = new Date();
    utimesSync(context.settings.kernelConfig, now, now);
    assert.ok(made(await run(context)));
    assert.is(values(context).get('TCP_CONG_HTCP'), 'y');
    assert.is((await run(context, { set: ['TCP_CONG_HTCP=n'] })).words, '');
    assert.is(values(context).get('TCP_CONG_HTCP') ?? 'n', 'n');
    assert.is(values(context).get('LOCALVERSION'), '"-mine"');
    assert.is((await run(context, { reset: true })).words, '');
    assert.is(values(context).get('LOCALVERSION'), '""');
  });

  test('what cannot be set is a failure that says why, and changes nothing', async (context) => {
    await run(context);
    const before = text(context);
    const lost = await run(context, { set: ['NFSD_V4=y'] });
    assert.match(lost.words, /CONFIG_NFSD_V4=y was not set: it needs .*NFSD, which is off/);
    assert.match(lost.words, 'The configuration is as it was.');
    const unknown = await run(context, { set: ['OVERLAY_FSS=y', 'TCP_CONG_HTCP=y'] });
    assert.match(unknown.words, 'CONFIG_OVERLAY_FSS=y was not set: this kernel has no such option. Did you mean CONFIG_OVERLAY_FS?');
    assert.is(text(context), before);
    await run(context); // after a failure it is made again
    assert.is(text(context), before);
    assert.is(values(context).get('TCP_CONG_HTCP') ?? 'n', 'n');
  });

  test('a fragment from stdin is merged like one of the settings; what does not stick in it is said', async (context) => {
    const told = await run(context, { file: 'CONFIG_TCP_CONG_HTCP=y\nCONFIG_NFSD_V4=y\nCONFIG_NO_SUCH_OPTION=y\n' });
    assert.is(told.words, '');
    assert.match(told.lines.join('\n'), /stdin:2: CONFIG_NFSD_V4=y did not stick/);
    assert.is(values(context).get('TCP_CONG_HTCP'), 'y');
  });

  test("one of one's own: what the VM lacks is named; --add-missing sets that and nothing else", async (context) => {
    await run(context);
    // As a person's own: the same, less what only a VM needs, and with something of theirs.
    const own = text(context).split('\n').filter((line) => !/CONFIG_(NET_9P|NET_9P_VIRTIO|9P_FS|OVERLAY_FS|VIRTIO_CONSOLE|TCP_CONG_HTCP)\b/.test(line)).join('\n')
      .concat('# CONFIG_NET_9P is not set\n# CONFIG_9P_FS is not set\n# CONFIG_OVERLAY_FS is not set\n# CONFIG_VIRTIO_CONSOLE is not set\nCONFIG_TCP_CONG_HTCP=y\n');
    rmSync(context.settings.stateDir, { recursive: true });
    writeFileSync(context.dotConfig, own);
    const lacks = await run(context);
    assert.match(lacks.words, /the VM needs 4 options that your own configuration/);
    assert.match(lacks.words, 'Next: npm run config -- --add-missing');
    assert.is(text(context), own, 'nothing is changed before it is asked for');
    const before = values(context);
    const told = await run(context, { addMissing: true });
    assert.is(told.words, '');
    const after = values(context);
    const looked = lookAtTree(context.tree);
    if (isFailure(looked)) throw new Error(looked.words.what);
    assert.equal(lacking(after, looked.version), []);
    // What these bring along by themselves counts as theirs: NETFS_SUPPORT and the like.
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter((option) => (before.get(option) ?? 'n') !== (after.get(option) ?? 'n'));
    assert.equal(changed.filter((option) => !/^(NET_9P|9P_FS|OVERLAY_FS|VIRTIO_CONSOLE|NETFS|HVC_DRIVER|FSCACHE|EXPORTFS|FS_STACK)/.test(option)), []);
    assert.is(readFileSync(join(context.tree, '.config.old'), 'utf8'), own, 'it is beside it, as Kconfig leaves it');
    assert.match((await run(context)).lines.join('\n'), 'kept');
    assert.not(made(await run(context, { addMissing: true })), 'nothing is missing any more');
  });

  test("--set in one of one's own edits it, and it stays one's own; a complete .config takes its place", async (context) => {
    await run(context);
    const complete = text(context);
    rmSync(context.settings.stateDir, { recursive: true });
    assert.is((await run(context, { set: ['TCP_CONG_HTCP=y'] })).words, '');
    assert.is(values(context).get('TCP_CONG_HTCP'), 'y');
    assert.match((await run(context)).lines.join('\n'), 'kept');
    assert.not(existsSync(join(context.settings.stateDir, 'config', 'asked.config')));
    const whole = await run(context, { file: complete, set: ['TCP_CONG_YEAH=y'] });
    assert.is(whole.words, '');
    assert.is(values(context).get('TCP_CONG_HTCP') ?? 'n', 'n');
    assert.is(values(context).get('TCP_CONG_YEAH'), 'y');
    assert.match((await run(context, { file: complete.replace('# Automatically', '# Linux/arm64 6.1 Kernel Configuration\n# Automatically') })).words, /arm64|stdin/);
  });
}

test.run();
