/** Modules with versions of their symbols and signatures, in a kernel that enforces both; compressed where they are installed, which the guest's are not. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { EditedFunction, good, modularKernel } from './modular-kernel.ts';
import { WatchRun } from '../../support/watch-run.ts';

const test = suite('signed modules');
const kernel = await modularKernel('modules-signed', `
CONFIG_MODVERSIONS=y
CONFIG_MODULE_SRCVERSION_ALL=y
CONFIG_MODULE_SIG=y
CONFIG_MODULE_SIG_FORCE=y
CONFIG_MODULE_SIG_ALL=y
CONFIG_MODULE_SIG_SHA512=y
CONFIG_MODULE_COMPRESS_ZSTD=y
`);
if (kernel === undefined) {
  console.log('# no cache: run it by `npm run test:long -- watch/modules/signed`');
  test.skip('needs KLOOP_TEST_CACHE', () => undefined);
} else {
  const { tree, env, dir } = kernel;
  const shop = { dir, env: { ...process.env, ...env } };
  const bbr = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static int __init bbr_register(void)\n{');
  const bits = new EditedFunction(join(tree, 'fs/xfs/libxfs/xfs_bit.c'), 'xfs_bitmap_empty(uint *map, uint size)\n{');
  const tcp = new EditedFunction(join(tree, 'net/ipv4/tcp.c'), 'void tcp_init_sock(struct sock *sk)\n{');
  const edited = [bbr, bits, tcp];
  const restore = () => { for (const one of edited) one.restore(); };
  const verified = async () => {
    const ended = good(await kloop(['kernel', '--no-image', '--verify'], { env }));
    assert.match(ended.stderr, /make agrees: it had nothing to compile.*byte for byte/, ended.stderr);
  };

  test('the guest takes them without a taint; what is quick comes to what make makes', async () => {
    restore();
    const said = good(await kloop(['vm', '--', 'sh', '-c', 'modprobe tcp_bbr && lsmod | grep -c ^tcp_bbr; cat /proc/sys/kernel/tainted; modinfo -F sig_hashalgo tcp_bbr'], { env }));
    assert.is(said.stdout, '1\n0\nsha512\n', said.stderr);
    for (const one of edited) {
      one.begin('barrier();');
      await verified();
    }
    restore();
    await verified();
  });

  test('exchanged in the VM that runs; a symbol of another version: the VM boots, and a line says why', async () => {
    restore();
    const run = new WatchRun(shop, ['--', 'sh', '-c', 'modprobe tcp_bbr; cat /proc/sys/kernel/tainted']);
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      await run.says(/watching \d+ files/);
      bbr.begin('barrier();');
      const from = run.stderr.length;
      const swapped = await run.next();
      assert.equal([swapped.verdict, swapped.swapped], ['passed', ['tcp_bbr']], run.stderr);
      assert.match(run.stderr.slice(from), /^0$/m);
      // As if it had been built against another declaration of that function.
      bbr.begin('static const struct modversion_info other[] __used __section("__versions") = {{ 0x1234, "tcp_register_congestion_control" }};');
      const unfit = await run.next();
      assert.ok(unfit.verdict === 'passed' && unfit.bootMs !== undefined && unfit.swapped === undefined, run.stderr);
      assert.match(run.stderr, 'module tcp_bbr does not fit into this kernel: disagrees about version of symbol tcp_register_congestion_control: the VM boots again');
    } finally {
      await run.stop();
      restore();
    }
  });

  test('one from outside the tree is signed, too; with CONFIG_MODULE_SIG_ALL=n none is, and a line says what comes of it', async () => {
    const mine = join(dir, 'mine');
    rmSync(mine, { recursive: true, force: true });
    mkdirSync(mine);
    writeFileSync(join(mine, 'Makefile'), 'obj-m := mine.o\n');
    writeFileSync(join(mine, 'mine.c'), '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n');
    const load = ['vm', '--module', mine, '--', 'sh', '-c', 'modprobe mine'];
    good(await kloop(load, { env }));
    writeFileSync(join(dir, 'unsigned.config'), 'CONFIG_MODULE_SIG_ALL=n\nCONFIG_OVERLAY_FS=y\n');
    const refused = await kloop(load, { env: { ...env, KERNEL_FRAGMENTS: `${env['KERNEL_FRAGMENTS']},${join(dir, 'unsigned.config')}` } });
    assert.is(refused.status, 1, refused.stderr);
    assert.match(refused.stderr, /this kernel takes signed modules alone .*, and will refuse .*mine\.ko/);
    assert.match(refused.stderr, /CONFIG_MODULE_SIG_ALL=y/);
    good(await kloop(load, { env }));
    assert.ok(readdirSync(mine).includes('mine.ko'));
  });

  test.after(restore);
}

test.run();
