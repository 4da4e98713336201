import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../config/settings.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { saveConfig, type Saved } from '../../tasks/kernel/config/edit.ts';
import { copiesDir } from '../../tasks/kernel/config/ownership.ts';
import { parseDotConfig } from '../../tasks/kernel/config/text.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { configTarget } from '../../tasks/targets/config.ts';
import { kconfigTree } from '../support/kconfig-tree.ts';
import { bringUpOne, settingsIn, write } from '../support/little-kernel.ts';
import { isLongRun, testIf } from '../support/skip-unless.ts';

const root = join(import.meta.dirname, '..', '..');
const source = process.env['KLOOP_TEST_KCONFIG'];
const processes = new Processes();

interface Context { dir: string; tree: string; fragment: string; settings: Settings }
const test = suite<Context>('config');
const dirs: string[] = [];

/** A directory of the test's own, with a space in its name, and a tree beside it without. */
function fresh(context: Context, values: Record<string, string> = {}): void {
  context.dir = mkdtempSync(join(tmpdir(), "kloop 'test ü-"));
  context.tree = kconfigTree(source ?? '', mkdtempSync(join(tmpdir(), 'kloop-tree-')));
  dirs.push(context.dir, context.tree);
  context.fragment = join(context.dir, 'kernel.config');
  copyFileSync(join(root, 'kernel.config'), context.fragment);
  // Written a while ago: a file of the very tick in which a run starts counts as newer than it.
  utimesSync(context.fragment, 1, 1);
  use(context, values);
}
function use(context: Context, values: Record<string, string>): void {
  context.settings = settingsIn(context.dir, { KERNEL_SOURCES: `dir:${context.tree}`, KERNEL_CONFIG: context.fragment, ...values });
}
/** As `fresh`, and generated: once, for all. What kloop keeps of it has paths, which stay the same. */
let first: { context: Context; copies: string[] } | undefined;
async function generated(context: Context): Promise<void> {
  const copy = (from: string, to: string) => execFileSync('cp', ['--archive', '--no-target-directory', from, to]);
  if (first === undefined) {
    fresh(context);
    const told = await run(context);
    assert.is(told.words, '');
    const { dir, tree } = context;
    first = { context: { ...context }, copies: [dir, tree].map((path) => `${path}-first`) };
    dirs.push(...first.copies);
    [dir, tree].forEach((path, i) => copy(path, first?.copies[i] ?? ''));
    return;
  }
  Object.assign(context, first.context);
  [context.dir, context.tree].forEach((path, i) => {
    rmSync(path, { recursive: true });
    copy(first?.copies[i] ?? '', path);
  });
}
const run = ({ settings }: Context, reset = false) => bringUpOne(configTarget({ settings, processes, needs: [], reset }), settings);
const dotConfig = ({ tree }: Context) => join(tree, '.config');
const made = (told: { events: readonly { kind: string }[] }) => told.events.some((event) => event.kind === 'finished');
const append = (path: string, text: string) => writeFileSync(path, readFileSync(path, 'utf8') + text);
/** Newer than the start of the run before; not later than now, which is another reason to run. */
const touch = (path: string) => utimesSync(path, new Date(), new Date());

test.after(() => { for (const dir of dirs) rmSync(dir, { recursive: true, force: true }); });

if (source === undefined) {
  test.skip('needs KLOOP_TEST_KCONFIG, a kernel tree for Kconfig', () => undefined);
} else {
  test('made once; fresh then; an unchanged result does not move its time', async (context) => {
    fresh(context);
    const first = await run(context);
    assert.is(first.words, '');
    assert.match(first.lines.join('\n'), /\d{3} options/);
    const values = parseDotConfig(readFileSync(dotConfig(context), 'utf8'));
    for (const option of ['MPTCP', 'NET_9P_VIRTIO', 'PVH', 'VIRTIO_MMIO_CMDLINE_DEVICES', 'OVERLAY_FS', 'IP_MULTIPLE_TABLES', 'NET_SCH_NETEM', 'NF_TABLES', 'INET_MPTCP_DIAG']) {
      assert.is(values.get(option), 'y', option);
    }
    assert.not(made(await run(context)));
    const time = statSync(dotConfig(context)).mtimeMs;
    append(context.fragment, '\n# another comment\n');
    touch(context.fragment);
    const again = await run(context);
    assert.match(again.lines.join('\n'), 'unchanged');
    assert.is(statSync(dotConfig(context)).mtimeMs, time);
  });

  for (const [how, damage] of [
    ['cut off', (copy: string) => truncateSync(copy, 5000)],
    ['garbled', (copy: string) => writeFileSync(copy, Buffer.alloc(5000))],
    ['gone', (copy: string) => rmSync(copy)],
  ] as const) {
    testIf(isLongRun || how === 'garbled', test)(`kloop's copy of what it generated, ${how}: made anew, and the .config is not taken for another's`, async (context) => {
      await generated(context);
      const copy = join(copiesDir(context.settings.stateDir, dotConfig(context)), 'generated');
      const before = readFileSync(copy, 'utf8');
      damage(copy);
      assert.match((await run(context)).lines.join('\n'), 'unchanged');
      assert.is(readFileSync(copy, 'utf8'), before);
      assert.not(made(await run(context)));
    });
  }

  test('a Kconfig file that was edited makes it stale, by name', async (context) => {
    await generated(context);
    touch(join(context.tree, 'net/mptcp/Kconfig'));
    const told = await run(context);
    const started = told.events.find((event) => event.kind === 'started');
    assert.ok(started?.kind === 'started' && started.reason?.kind === 'input-newer' && started.reason.path.endsWith('net/mptcp/Kconfig'));
  });

  test('edited by hand: kept, also when a fragment changes; reset by request; saved into the fragment', async (context) => {
    await generated(context);
    const text = readFileSync(dotConfig(context), 'utf8');
    const edited = text.replace('CONFIG_MACVLAN=y', '# CONFIG_MACVLAN is not set').replace('# CONFIG_TCP_CONG_HTCP is not set', 'CONFIG_TCP_CONG_HTCP=y');
    assert.is.not(edited, text);
    writeFileSync(dotConfig(context), edited);
    const kept = await run(context);
    assert.not(made(kept));
    assert.match(kept.lines.join('\n'), /edited by hand, kept: npm run config -- --reset/);
    touch(context.fragment);
    assert.match((await run(context)).lines.join('\n'), /kept; .*kernel\.config changed since: npm run config -- --reset/);
    assert.is(readFileSync(dotConfig(context), 'utf8'), edited);

    const saved = (await saveConfig({ settings: context.settings, processes })) as Saved;
    assert.equal(saved.changes.map(({ option, value }) => `${option}=${value}`).sort(), ['MACVLAN=n', 'TCP_CONG_HTCP=y']);
    assert.equal(saved.words, []);
    const fragment = readFileSync(context.fragment, 'utf8');
    assert.match(fragment, /CONFIG_VLAN_8021Q=y\n# CONFIG_MACVLAN is not set\n/);
    assert.match(fragment, /--save`\nCONFIG_TCP_CONG_HTCP=y\n$/);
    const after = await run(context);
    assert.not.match(after.lines.join('\n'), 'by hand');

    writeFileSync(dotConfig(context), text);
    assert.match((await run(context)).lines.join('\n'), 'edited by hand');
    assert.ok(made(await run(context, true)));
    assert.match(readFileSync(dotConfig(context), 'utf8'), 'CONFIG_TCP_CONG_HTCP=y');
  });

  test("one that was there before kloop: kept, and checked for what the VM needs", async (context) => {
    fresh(context);
    writeFileSync(dotConfig(context), 'CONFIG_64BIT=y\n');
    const told = await run(context);
    assert.match(told.words, /the VM needs \d+ options that your own configuration/);
    assert.match(told.words, 'CONFIG_OVERLAY_FS=y (copy on write');
    assert.match(told.words, 'npm run config -- --reset');
    assert.is(readFileSync(dotConfig(context), 'utf8'), 'CONFIG_64BIT=y\n');
    writeFileSync(dotConfig(context), '#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.1 Kernel Configuration\n#\n');
    assert.match((await run(context)).words, 'for arm64');
    assert.is((await run(context, true)).words, '');
    assert.not(made(await run(context)));
  });

  test('what did not stick is named with what it lacks; where the VM needs it, that is an error', async (context) => {
    fresh(context);
    append(context.fragment, 'CONFIG_NFSD_V4=y\nCONFIG_NO_SUCH_OPTION=y\n');
    const told = await run(context);
    assert.is(told.words, '');
    assert.match(told.lines.join('\n'), /kernel\.config:\d+: CONFIG_NFSD_V4=y did not stick: it needs .*NFSD, which is off/);
    assert.not.match(told.lines.join('\n'), 'NO_SUCH_OPTION');
    const before = readFileSync(dotConfig(context), 'utf8');
    writeFileSync(context.fragment, readFileSync(context.fragment, 'utf8').replace('CONFIG_NETWORK_FILESYSTEMS=y', '# CONFIG_NETWORK_FILESYSTEMS is not set'));
    touch(context.fragment);
    const failed = await run(context);
    assert.match(failed.words, 'CONFIG_9P_FS=y (the host');
    assert.match(failed.words, /CONFIG_9P_FS=y did not stick: it needs NETWORK_FILESYSTEMS, which is off/);
    assert.is(readFileSync(dotConfig(context), 'utf8'), before);
  });

  test('fragments by name and by path; what is wrong with them', async (context) => {
    fresh(context, { KERNEL_FRAGMENTS: 'kasn' });
    assert.match((await run(context)).words, "there is no fragment 'kasn'. Did you mean kasan?");
    const plain = join(context.tree, 'mine.config');
    write(plain, 'CONFIG_DUMMY=y\nFOO\n');
    use(context, { KERNEL_FRAGMENTS: `kmemleak,${plain}` });
    assert.match((await run(context)).words, "mine.config:2: 'FOO' isn't a setting");
    write(plain, '# CONFIG_DUMMY is not set\n');
    assert.is((await run(context)).words, '');
    const values = parseDotConfig(readFileSync(dotConfig(context), 'utf8'));
    assert.is(values.get('DEBUG_KMEMLEAK'), 'y');
    assert.is(values.get('DUMMY'), 'n');
  });

  test('a complete .config in the place of the fragment', async (context) => {
    await generated(context);
    const complete = readFileSync(dotConfig(context), 'utf8').replace('CONFIG_NET_SCH_TBF=y\n', '');
    writeFileSync(context.fragment, complete);
    use(context, { KERNEL_FRAGMENTS: 'kmemleak' });
    rmSync(dotConfig(context));
    assert.is((await run(context)).words, '');
    const values = parseDotConfig(readFileSync(dotConfig(context), 'utf8'));
    assert.is(values.get('DEBUG_KMEMLEAK'), 'y');
    assert.is(values.get('NET_SCH_TBF'), 'n');
    assert.is(values.get('MPTCP'), 'y');
  });

  test('a build directory: used where the tree is clean, refused where it is not', async (context) => {
    const build = mkdtempSync(join(tmpdir(), 'kloop-build-'));
    dirs.push(build);
    fresh(context, { KERNEL_BUILD_DIR: join(build, 'o') });
    assert.is((await run(context)).words, '');
    assert.ok(existsSync(join(build, 'o/.config')));
    assert.not(existsSync(dotConfig(context)));
    mkdirSync(join(context.tree, 'include/config'), { recursive: true });
    rmSync(join(build, 'o/.config'));
    const refused = await run(context);
    assert.match(refused.words, 'was built in place (include/config)');
    assert.match(refused.words, 'mrproper');
    rmSync(join(context.tree, 'include/config'), { recursive: true });
    use(context, { KERNEL_BUILD_DIR: join(context.dir, 'o') });
    assert.match((await run(context)).words, 'which Kbuild does not support');
  });

  test('killed while it merges, the next run puts it right', async (context) => {
    fresh(context);
    const copies = join(context.dir, 'state/config');
    mkdirSync(copies, { recursive: true });
    const values = { KERNEL_SOURCES: `dir:${context.tree}`, KERNEL_CONFIG: context.fragment };
    const watcher = watch(copies);
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'bring-up-config.ts'), context.dir, JSON.stringify(values)], { detached: true, stdio: 'ignore' });
    await new Promise((resolve) => watcher.once('change', resolve));
    watcher.close();
    const gone = new Promise((resolve) => child.on('close', resolve));
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await gone;
    assert.not(existsSync(dotConfig(context)));
    const told = await run(context);
    assert.not(isFailure(told.result), told.words);
    assert.not(made(await run(context)));
  });
}

test.run();
