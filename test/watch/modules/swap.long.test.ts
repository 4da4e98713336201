/** Modules in a real VM, under the loop: built alone, exchanged in the VM that runs; and where that cannot be, a boot, or a failed run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop, root, startKloop } from '../../support/kloop.ts';
import { Screen } from '../../support/screen.ts';
import { EditedFunction, good, modularKernel } from './modular-kernel.ts';
import { WatchRun } from '../../support/watch-run.ts';

const test = suite('modules under watch');
const kernel = await modularKernel();
if (kernel === undefined) {
  console.log('# no cache: run it by `npm run test:long -- watch/modules/swap`');
  test.skip('needs KLOOP_TEST_CACHE', () => undefined);
} else {
  const { tree, env, dir } = kernel;
  const shop = { dir, env: { ...process.env, ...env } };
  const bbr = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static int __init bbr_register(void)\n{');
  const bbrExit = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static void __exit bbr_unregister(void)\n{');
  const tunnel = new EditedFunction(join(tree, 'net/ipv4/udp_tunnel_core.c'), 'void udp_tunnel_sock_release(struct socket *sock)\n{');
  const vxlanExit = new EditedFunction(join(tree, 'drivers/net/vxlan/vxlan_core.c'), 'static void __exit vxlan_cleanup_module(void)\n{');
  const loop = new EditedFunction(join(tree, 'drivers/block/loop.c'), 'static int __init loop_init(void)\n{');
  const xfs = new EditedFunction(join(tree, 'fs/xfs/xfs_super.c'), 'init_xfs_fs(void)\n{');
  const dummy = new EditedFunction(join(tree, 'drivers/net/dummy.c'), 'static int __init dummy_init_module(void)\n{');
  const netem = new EditedFunction(join(tree, 'net/sched/sch_netem.c'), 'static int __init netem_module_init(void)\n{');
  const edited = [dummy, netem, bbr, bbrExit, tunnel, vxlanExit, loop, xfs];
  const restore = () => { for (const one of edited) one.restore(); };
  const vm = async (script: string, ...args: string[]) => good(await kloop(['vm', ...args, '--', 'sh', '-c', script], { env })).stdout;

  /** Watches that command, and goes on when its first run has passed. */
  async function watched(script: string, steps: (run: WatchRun) => Promise<void>, ...args: string[]): Promise<void> {
    restore();
    const run = new WatchRun(shop, [...args, '--', 'sh', '-c', script]);
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      await run.says(/watching \d+ files/);
      await steps(run);
    } finally {
      await run.stop();
      restore();
    }
  }

  test('modprobe, modinfo and loading by alias; what the boot needs is loaded before; nothing is installed on the host', async () => {
    const said = await vm([
      'lsmod | grep -c ^overlay', 'modinfo -F filename xfs', 'ip link add v type vxlan id 1 dstport 4789 local 127.0.0.1; lsmod | grep -c ^vxlan', 'modprobe dummy numdummies=3; ls /sys/class/net | grep -c dummy',
    ].join('; '));
    const release = readFileSync(join(tree, 'include/config/kernel.release'), 'utf8').trim();
    assert.is(said, `1\n/lib/modules/${release}/kernel/fs/xfs/xfs.ko\n1\n3\n`);
    assert.not(findProgram(`/lib/modules/${release}/kernel/fs/xfs/xfs.ko`));
  });

  test('what uses it goes with it; parameters are kept; one that is not loaded needs nothing', async () => {
    await watched('ip link del v 2>/dev/null; modprobe vxlan; modprobe dummy; modprobe loop max_loop=3 max_part=7; cat /sys/module/loop/parameters/max_loop; lsmod | grep -c "^vxlan\\|^udp_tunnel"', async (run) => {
      tunnel.begin('barrier();');
      const both = await run.next();
      assert.equal([both.verdict, [...both.swapped ?? []].sort()], ['passed', ['udp_tunnel', 'vxlan']], run.stderr);
      const from = run.stderr.length;
      loop.begin('pr_alert("kloop mark\\n");');
      const kept = await run.next();
      assert.equal([kept.verdict, kept.swapped], ['passed', ['loop']], run.stderr);
      assert.match(run.stderr.slice(from), '3\n2\n');
      xfs.begin('barrier();');
      const not = await run.next();
      assert.equal([not.verdict, not.swapped, not.bootMs], ['passed', [], undefined], run.stderr);
      assert.not(run.stderr.includes('/sys does not show'), 'both of its parameters are there');
      dummy.begin('barrier();');
      assert.equal((await run.next()).swapped, ['dummy'], run.stderr);
      await run.says(/module dummy: \/sys does not show numdummies; after an exchange it is at its default/);
    });
  });

  test('one that comes into use while those that use it are unloaded: the VM boots, and a line says why', async () => {
    await watched('ip link del v 2>/dev/null; modprobe vxlan; lsmod | grep -c "^vxlan\\|^udp_tunnel"', async (run) => {
      // When this one goes, it leaves a use of the other behind.
      vxlanExit.begin('(void)symbol_get(udp_tunnel_sock_release);');
      assert.equal((await run.next()).swapped, ['vxlan'], run.stderr);
      const from = run.stderr.length;
      tunnel.begin('barrier();');
      const booted = await run.next();
      assert.ok(booted.verdict === 'passed' && booted.bootMs !== undefined && booted.swapped === undefined, run.stderr);
      assert.match(run.stderr.slice(from), /module udp_tunnel is in use: the VM boots again[^]*\n2\n/);
    });
  });

  test('a mounted file system: the VM boots, and a line says why; --module-before lets it go', async () => {
    if (findProgram('mkfs.xfs') === undefined) return console.log('# mkfs.xfs: skipped, for lack of it');
    const script = 'mkdir -p /tmp/m; truncate -s 400M /tmp/img; mountpoint -q /tmp/m || { mkfs.xfs -q -f /tmp/img && mount $(losetup -f --show /tmp/img) /tmp/m; }; lsmod | grep ^xfs';
    await watched(script, async (run) => {
      const from = run.stderr.length;
      xfs.begin('barrier();');
      const booted = await run.next();
      assert.equal([booted.verdict, booted.swapped], ['passed', undefined], run.stderr);
      assert.ok(booted.bootMs !== undefined);
      assert.match(run.stderr.slice(from), 'module xfs is in use: the VM boots again');
    }, '--mem', '2G');
    await watched(script, async (run) => {
      xfs.begin('barrier();');
      const swapped = await run.next();
      assert.equal([swapped.verdict, swapped.swapped], ['passed', ['xfs']], run.stderr);
    }, '--mem', '2G', '--module-before', 'umount /tmp/m');
  });

  test('a queue that packets go through, a congestion control that is the default: in use, until they are let go', async () => {
    if (findProgram('tc') === undefined) return console.log('# tc: skipped, for lack of it');
    const script = 'ip link set lo up; tc qdisc replace dev lo root netem delay 1ms; ping -c 1 -q 127.0.0.1; modprobe tcp_bbr; sysctl -q net.ipv4.tcp_congestion_control=bbr; tc qdisc show dev lo';
    await watched(script, async (run) => {
      let from = run.stderr.length;
      netem.begin('barrier();');
      const booted = await run.next();
      assert.ok(booted.verdict === 'passed' && booted.bootMs !== undefined && booted.swapped === undefined, run.stderr);
      assert.match(run.stderr.slice(from), 'module sch_netem is in use: the VM boots again');
      from = run.stderr.length;
      bbr.begin('barrier();');
      const again = await run.next();
      assert.ok(again.verdict === 'passed' && again.bootMs !== undefined, run.stderr);
      assert.match(run.stderr.slice(from), 'module tcp_bbr is in use: the VM boots again');
    });
    await watched(script, async (run) => {
      const from = run.stderr.length;
      netem.begin('pr_alert("kloop mark\\n");');
      bbr.begin('barrier();');
      const swapped = await run.next();
      assert.equal([swapped.verdict, [...swapped.swapped ?? []].sort(), swapped.bootMs], ['passed', ['sch_netem', 'tcp_bbr'], undefined], run.stderr);
      assert.match(run.stderr.slice(from), 'qdisc netem', 'used again by the command');
    }, '--module-before', 'tc qdisc del dev lo root', '--module-before', 'sysctl -q net.ipv4.tcp_congestion_control=reno');
  });

  test('init that fails, init that crashes, exit that hangs: failed runs, and the next one boots', async () => {
    await watched('modprobe tcp_bbr 2>/dev/null; true', async (run) => {
      bbr.begin('return -EINVAL;');
      const failed = await run.next();
      assert.equal([failed.verdict, failed.reason], ['lost', 'module-lost'], run.stderr);
      assert.match(failed.words ?? '', 'tcp_bbr could not be loaded: Invalid argument');
      bbr.restore();
      assert.ok((await run.next()).bootMs !== undefined, run.stderr);

      bbr.begin('*(volatile int *)8 = 1;');
      const crashed = await run.next();
      assert.is(crashed.verdict, 'lost', run.stderr);
      assert.match(crashed.splats?.[0]?.title ?? '', 'NULL pointer dereference');
      bbr.restore();
      const booted = await run.next();
      assert.ok(booted.verdict === 'passed' && booted.bootMs !== undefined, run.stderr);

      bbrExit.begin('for (;;) cpu_relax();');
      assert.is((await run.next()).verdict, 'passed', run.stderr);
      bbrExit.begin('for (;;) cpu_relax(); barrier();');
      const from = run.stderr.length;
      const hung = await run.next();
      assert.equal([hung.verdict, hung.reason], ['lost', 'module-hangs'], run.stderr);
      assert.match(run.stderr.slice(from), 'bbr_unregister', 'where it hangs');
      await run.evidence(3);
      bbrExit.restore();
      const after = await run.next();
      assert.ok(after.verdict === 'passed' && after.bootMs !== undefined, run.stderr);
    });
  });

  test('one that does not fit into the kernel that runs, and a kernel that has complained: the VM boots, and a line says why', async () => {
    await watched('modprobe tcp_bbr 2>/dev/null; true', async (run) => {
      bbr.begin('MODULE_INFO(vermagic, "6.0.0 other");');
      const unfit = await run.next();
      assert.ok(unfit.verdict === 'passed' && unfit.bootMs !== undefined, run.stderr);
      assert.match(run.stderr, "module tcp_bbr does not fit into this kernel: version magic '6.0.0 other' should be");
      bbr.begin('WARN_ON(1);');
      // It is not loaded: the one before could not be.
      assert.is((await run.next()).verdict, 'splat', run.stderr);
      bbr.restore();
      const after = await run.next();
      assert.ok(after.verdict === 'passed' && after.bootMs !== undefined, run.stderr);
      assert.match(run.stderr, 'the kernel has complained: the VM boots again');
    });
  });

  test('built-in code as well: linked, and booted', async () => {
    const cmdline = new EditedFunction(join(tree, 'net/ipv4/tcp.c'), 'void tcp_init_sock(struct sock *sk)\n{');
    await watched('modprobe tcp_bbr', async (run) => {
      try {
        bbr.begin('barrier();');
        cmdline.begin('barrier();');
        const booted = await run.next();
        assert.ok(booted.verdict === 'passed' && booted.bootMs !== undefined && booted.swapped === undefined, run.stderr);
        assert.match(run.stderr, 'more than modules changed: the VM boots again');
      } finally {
        cmdline.restore();
      }
    });
  });

  test('built in, and might be a module: a line says what that would spare; --module-as-loadable makes it one', async () => {
    good(await kloop(['config', '--set', 'CONFIG_TCP_CONG_BBR=y'], { env }));
    const args = ['--', 'sh', '-c', '[ -d /sys/module/tcp_bbr ] || modprobe tcp_bbr; echo here'];
    let as: number | undefined;
    let instead: number | undefined;
    const hinted = new WatchRun(shop, args);
    try {
      assert.is((await hinted.next(900_000)).verdict, 'passed', hinted.stderr);
      await hinted.says(/watching \d+ files/);
      bbr.begin('barrier();');
      assert.ok((await hinted.next()).bootMs !== undefined, hinted.stderr);
      await hinted.says(/CONFIG_TCP_CONG_BBR=m would make such a run about [\d.]+ m?s instead of [\d.]+ m?s: npm run watch -- --module-as-loadable CONFIG_TCP_CONG_BBR\n/);
      [as, instead] = [...hinted.stderr.matchAll(/(?:about|instead of) ([\d.]+) (m?s)/g)].map(([, number, unit]) => Number(number) * (unit === 's' ? 1000 : 1));
    } finally {
      await hinted.stop();
      restore();
    }
    const wrong = await kloop(['watch', '--module-as-loadable', 'net/ipv4/tcp.c', '--', 'true'], { env });
    assert.is(wrong.status, 125);
    assert.match(wrong.stderr, 'net/ipv4/tcp.c is built by CONFIG_INET, which is no tristate: it cannot be a module');
    const run = new WatchRun(shop, ['--module-as-loadable', 'tcp_bbr', ...args]);
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      await run.says(/watching \d+ files/);
      bbr.begin('barrier();');
      const swapped = await run.next();
      assert.equal([swapped.verdict, swapped.swapped, swapped.bootMs], ['passed', ['tcp_bbr'], undefined], run.stderr);
      console.log(`# ${instead} ms built in, of which ${as} would have been left; ${swapped.totalMs} ms as a module`);
    } finally {
      await run.stop();
      restore();
      good(await kloop(['config', '--reset'], { env }));
    }
  });

  test('from outside the tree, with headers of its own in a directory with a space; a compile error has its place', async () => {
    const mine = join(dir, 'my driver');
    rmSync(mine, { recursive: true, force: true });
    mkdirSync(join(mine, 'include'), { recursive: true });
    writeFileSync(join(mine, 'Makefile'), 'obj-m := mydrv.o\nmydrv-y := main.o help.o\nccflags-y := -I$(src)/include\n');
    writeFileSync(join(mine, 'include/mine.h'), '#define HELLO "hello"\nint help(void);\n');
    writeFileSync(join(mine, 'help.c'), '#include "mine.h"\nint help(void) { return 1; }\n');
    writeFileSync(join(mine, 'main.c'), '#include <linux/module.h>\n#include "mine.h"\nstatic int __init begin(void)\n{\n\tpr_alert("mine: %s %d\\n", HELLO, help());\n\treturn 0;\n}\nstatic void __exit end(void) {}\nmodule_init(begin);\nmodule_exit(end);\nMODULE_LICENSE("GPL");\n');
    await watched('modprobe mydrv; dmesg | grep -o "mine: .*" | tail -1', async (run) => {
      writeFileSync(join(mine, 'include/mine.h'), '#define HELLO "hello again"\nint help(void);\n');
      const from = run.stderr.length;
      assert.equal((await run.next()).swapped, ['mydrv'], run.stderr);
      assert.match(run.stderr.slice(from), 'mine: hello again 1\n');
      writeFileSync(join(mine, 'help.c'), '#include "mine.h"\nint help(void) { return oops; }\n');
      assert.is((await run.next()).verdict, 'build-failed', run.stderr);
      assert.match(run.stderr, `${mine}/help.c:2:25: error: `);
      writeFileSync(join(mine, 'help.c'), '#include "mine.h"\nint help(void) { return 2; }\n');
      const good = await run.next();
      assert.equal([good.verdict, good.swapped], ['passed', ['mydrv']], run.stderr);
    }, '--module', mine);
    assert.equal(execFileSync('ls', [mine], { encoding: 'utf8' }), 'Makefile\nhelp.c\ninclude\nmain.c\n', 'nothing was made there');
  });

  test('w says what a save was part of', async () => {
    if (spawnSync('tmux', ['-V']).status !== 0) return console.log('# tmux: skipped, for lack of it');
    restore();
    const screen = await Screen.open({ ...shop.env, SHELL: '/bin/bash' }, dir);
    try {
      screen.type(`clear; ${process.execPath} ${join(root, 'tasks/launch.cjs')} watch -- modprobe tcp_bbr`);
      screen.press('Enter');
      await screen.until(/run 1: passed/, 900_000);
      bbr.begin('barrier();');
      await screen.until(/run 2: passed[^\n]*\n?[^\n]*module tcp_bbr swapped, \d/);
      screen.press('w');
      await screen.until(/run 2 was for:\n\s+net\/ipv4\/tcp_bbr\.c: part of module tcp_bbr, swapped in the VM that runs/);
    } finally {
      screen.end();
      restore();
    }
  });

  test('bad input: no modules in this kernel; a directory without a makefile; a module that was deleted by hand', async () => {
    const empty = join(dir, 'empty');
    rmSync(empty, { recursive: true, force: true });
    mkdirSync(empty, { recursive: true });
    const none = await kloop(['vm', '--module', empty, '--', 'true'], { env });
    assert.is(none.status, 125);
    assert.match(none.stderr, 'has no module to build: it has no Makefile and no Kbuild');
    writeFileSync(join(empty, 'Makefile'), 'obj-m := lost.o\n');
    writeFileSync(join(empty, 'lost.c'), '#include <linux/module.h>\nint nowhere(void);\nint lost(void);\nint lost(void) { return nowhere(); }\nMODULE_LICENSE("GPL");\n');
    const lacks = await kloop(['vm', '--module', empty, '--', 'true'], { env });
    assert.is(lacks.status, 125);
    assert.match(lacks.stderr, 'modpost: "nowhere"');
    rmSync(join(tree, 'net/ipv4/tcp_bbr.ko'));
    assert.match(await vm('modprobe tcp_bbr; lsmod'), /^tcp_bbr /m);
  });

  test('killed between modpost and the link of the module: the next run is right, and make agrees', async () => {
    restore();
    await vm('true');
    bbr.begin('pr_alert("kloop mark killed\\n");');
    const running = startKloop(['kernel', '--no-image'], { env });
    const { pid = 0 } = running.child;
    // modpost writes it; before the link it is compared with what was.
    const watcher = watch(tree, (_event, name) => {
      if (name === '.kloop-modules.made') process.kill(-pid, 'SIGKILL');
    });
    const killed = await running.ended;
    watcher.close();
    assert.is(killed.status, null, 'it was killed');
    const verified = good(await kloop(['kernel', '--no-image', '--verify'], { env }));
    assert.match(verified.stderr, /make agrees|with make/, verified.stderr);
    assert.match(await vm('modprobe tcp_bbr; dmesg'), 'kloop mark killed');
    assert.equal(readdirSync(tree).filter((name) => name.startsWith('.kloop-modules')), [], 'nothing is left of it');
  });

  test('a module of another release is refused by the kernel; the guest cannot write to its /lib/modules, and the host has none of it', async () => {
    const other = readFileSync(join(tree, 'drivers/net/dummy.ko'), 'latin1').replace(/vermagic=\d/, 'vermagic=9');
    writeFileSync(join(dir, 'other.ko'), other, 'latin1');
    const said = await vm(`insmod ${join(dir, 'other.ko')} 2>&1; dmesg | grep -o "version magic '9[^ ]* .* should be"; touch /lib/modules/$(uname -r)/x 2>&1; modprobe dummy && echo loaded`);
    assert.match(said, /insmod: ERROR: .*: Invalid module format/);
    assert.match(said, /version magic '9.* should be/);
    assert.match(said, /x': Read-only file system\nloaded\n$/);
    const release = readFileSync(join(tree, 'include/config/kernel.release'), 'utf8').trim();
    assert.not(existsSync(`/lib/modules/${release}`), 'nothing is installed on the host');
  });

  test.after(restore);
}

test.run();
