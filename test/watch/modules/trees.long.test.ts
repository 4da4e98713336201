/**
 * Other people's trees, old and new, named by KLOOP_TEST_TREES=path:path (as for
 * trees.long.test.ts): modules of each are exchanged in the VM that runs. It builds
 * in them, and removes their .config; what is edited is put back.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, root } from '../../support/kloop.ts';
import { write } from '../../support/little-kernel.ts';
import { sameBuild } from '../../support/shared-kernel.ts';
import { WatchRun } from '../../support/watch-run.ts';
import { EditedFunction, good } from './modular-kernel.ts';

const trees = (process.env['KLOOP_TEST_TREES'] ?? '').split(':').filter((path) => path !== '');
const options = ['MODULES=y', 'MODULE_UNLOAD=y', 'INET=y', 'TCP_CONG_ADVANCED=y', 'TCP_CONG_BBR=m', 'NETDEVICES=y', 'NET_CORE=y', 'DUMMY=m', 'VXLAN=m'];

for (const tree of trees) {
  const test = suite(`modules of ${basename(tree)}`);
  const dir = join(process.env['KLOOP_TEST_CACHE'] ?? '', 'modules-trees', basename(tree));
  mkdirSync(dir, { recursive: true });
  write(join(dir, 'modules.config'), options.map((option) => `CONFIG_${option}\n`).join(''));
  const env = {
    ...sameBuild, KERNEL_SOURCES: `dir:${tree}`, STATE_DIR: join(dir, 'state'), REPOS_DIR: join(dir, 'repos'), VM_NAME: 'test-modules-trees', KLOOP_ENV_FILE: '',
    KERNEL_CONFIG: join(root, 'config/variants/tiny.config'), KERNEL_FRAGMENTS: [join(dir, 'modules.config'), process.env['KERNEL_FRAGMENTS'] ?? []].flat().join(','),
  };
  const bbr = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static int __init bbr_register(void)\n{');
  const restore = () => { bbr.restore(); };
  test.after(restore);

  test('built, loaded by name and by alias', async () => {
    rmSync(join(tree, '.config'), { force: true });
    const said = good(await kloop(['vm', '--', 'sh', '-c', 'modprobe tcp_bbr && ip link add v type vxlan id 1 dstport 4789 local 127.0.0.1; grep -c "^tcp_bbr \\|^vxlan " /proc/modules; uname -r'], { env }));
    const release = readFileSync(join(tree, 'include/config/kernel.release'), 'utf8');
    assert.is(said.stdout, `2\n${release}`, said.stderr);
  });

  test('exchanged in the VM that runs; one that cannot be loaded is a failed run, and the next one boots', async () => {
    const run = new WatchRun({ dir, env: { ...process.env, ...env } }, ['--', 'sh', '-c', 'modprobe tcp_bbr; dmesg | grep -o "kloop mark .*" | tail -1']);
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      await run.says(/watching \d+ files/);
      bbr.begin('pr_alert("kloop mark 1\\n");');
      const from = run.stderr.length;
      const swapped = await run.next();
      assert.equal([swapped.verdict, swapped.swapped, swapped.bootMs], ['passed', ['tcp_bbr'], undefined], run.stderr);
      assert.match(run.stderr.slice(from), 'kloop mark 1\n');
      bbr.begin('return -EINVAL;');
      const failed = await run.next();
      assert.equal([failed.verdict, failed.reason], ['lost', 'module-lost'], run.stderr);
      bbr.restore();
      const booted = await run.next();
      assert.ok(booted.verdict === 'passed' && booted.bootMs !== undefined, run.stderr);
    } finally {
      await run.stop();
      restore();
    }
  });

  test('make agrees', async () => {
    bbr.begin('barrier();');
    const ended = good(await kloop(['kernel', '--no-image', '--verify'], { env }));
    assert.match(ended.stderr, /make agrees: it had nothing to compile|with make: .*modules/, ended.stderr);
  });

  test.run();
}

if (trees.length === 0) {
  console.log('# KLOOP_TEST_TREES names no tree: nothing to do');
  const none = suite('modules of other trees');
  none.skip('needs KLOOP_TEST_TREES', () => undefined);
  none.run();
}
