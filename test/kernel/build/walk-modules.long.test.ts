/**
 * A random walk of edits over a kernel with modules. After each, kloop builds by
 * the quick way where it can, and by make as well; make must find nothing to
 * compile, and come to the same vmlinux and the same modules, byte for byte
 * (`kernel --verify`). The same sources give the same modules each time.
 *
 * KLOOP_TEST_SEED goes a walk again; KLOOP_TEST_STEPS sets its length.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endOfHeader } from '../../../tasks/bench/edit.ts';
import { partsOf } from '../../../tasks/watch/parts.ts';
import { kloop } from '../../support/kloop.ts';
import { modularKernel } from '../../watch/modules/modular-kernel.ts';
import { killed, pause } from './walk-kinds.ts';
import { Walk, type Kind } from './walk.ts';

const kernel = await modularKernel();
const seed = Number(process.env['KLOOP_TEST_SEED'] ?? Date.now() % 1_000_000);
const steps = Number(process.env['KLOOP_TEST_STEPS'] ?? 40);

if (kernel === undefined) {
  console.log('# no cache: run it by `npm run test:long -- build/walk-modules`');
  test.skip('needs KLOOP_TEST_CACHE', () => undefined);
} else {
  const { tree: dir, env } = kernel;
  const order = () => readFileSync(join(dir, 'modules.order'), 'utf8').trim().split('\n').map((line) => line.replace(/\.o$/, '.ko'));
  const walk = new Walk({
    dir, stateDir: env['STATE_DIR'] ?? '', env, seed,
    goals: ['vmlinux', 'modules'], built: () => ['vmlinux', 'Module.symvers', ...order()],
  });
  const { tree } = walk;
  const inModules = ['net/ipv4/tcp_bbr.c', 'net/sched/sch_netem.c', 'drivers/net/dummy.c', 'net/ipv4/udp_tunnel_core.c', 'drivers/block/loop.c', 'fs/xfs/xfs_super.c', 'fs/xfs/libxfs/xfs_bit.c', 'fs/overlayfs/super.c'];
  const builtIn = ['net/ipv4/tcp_input.c', 'lib/cmdline.c', 'kernel/ksysfs.c', 'net/core/dev.c'];
  /** Headers of some modules alone, or of modules and of what is built in, that few objects read. */
  function headers(shared: boolean): string[] {
    const index = walk.index();
    const users = walk.users();
    return index.files.filter((path) => {
      if (!path.startsWith(`${dir}/`) || !/\/(net|fs|drivers|linux)\/.*\.h$/.test(path) || (users.get(path.slice(dir.length + 1)) ?? 0) > 25) return false;
      const { builtIn: inKernel, modules } = partsOf(path, index);
      return modules.length > 0 && inKernel === shared;
    }).map((path) => path.slice(dir.length + 1)).sort();
  }
  const editHeader = (shared: boolean) => async () => {
    const header = walk.draw(headers(shared));
    const text = tree.read(header);
    const end = endOfHeader(text);
    tree.write(header, `${text.slice(0, end)}\n#define KLOOP_WALK_${walk.next()} ${walk.count}\nstatic inline int kloop_walk_${walk.count}(void) { return KLOOP_WALK_${walk.count}; }\n${text.slice(end)}`);
    await walk.builds();
  };
  const setOption = (name: string, value: string) => tree.write('.config', tree.read('.config').replace(new RegExp(`^(?:CONFIG_${name}=.*|# CONFIG_${name} is not set)$`, 'm'), value === 'n' ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`));

  const kinds: Kind[] = [
    {
      name: "a module's function", weight: 6,
      async run() {
        const text = walk.mark();
        tree.append(walk.draw(inModules), `\nvoid kloop_walk_fn_${walk.count}(void);\nvoid kloop_walk_fn_${walk.count}(void) { printk("${text}"); }\n`);
        await walk.builds();
        assert.ok(walk.has(text));
      },
    },
    { name: 'a header of modules alone', weight: 3, run: editHeader(false) },
    { name: 'a header of modules and of what is built in', weight: 3, run: editHeader(true) },
    {
      name: 'built-in code', weight: 2,
      async run() {
        tree.append(walk.draw(builtIn), walk.keep(walk.mark()));
        await walk.builds();
      },
    },
    {
      name: 'both at once', weight: 2,
      async run() {
        const text = walk.mark();
        tree.append(walk.draw(builtIn), walk.keep(text));
        tree.append(walk.draw(inModules), walk.keep(walk.mark()));
        await walk.builds();
        assert.ok(walk.has(text));
      },
    },
    {
      name: 'a module exports a symbol, another uses it, and both no more', weight: 3,
      async run() {
        const [from, to] = ['net/ipv4/udp_tunnel_core.c', 'drivers/net/dummy.c'];
        const before = [tree.read(from), tree.read(to)] as const;
        const name = `kloop_walk_ex_${walk.next()}`;
        tree.append(from, `\nint ${name}(void);\nint ${name}(void) { return ${walk.count}; }\nEXPORT_SYMBOL_GPL(${name});\n`);
        await walk.builds();
        assert.match(readFileSync(join(dir, 'Module.symvers'), 'utf8'), `\t${name}\tnet/ipv4/udp_tunnel\tEXPORT_SYMBOL_GPL`);
        tree.append(to, `\nint ${name}(void);\nint kloop_walk_use_${walk.count}(void);\nint kloop_walk_use_${walk.count}(void) { return ${name}(); }\n`);
        await walk.builds();
        assert.ok(readFileSync(join(dir, 'drivers/net/dummy.ko')).includes('depends=udp_tunnel\0'));
        tree.write(to, before[1]);
        tree.write(from, before[0]);
        await walk.builds();
        assert.not(readFileSync(join(dir, 'drivers/net/dummy.ko')).includes('depends=udp_tunnel\0'));
      },
    },
    {
      name: 'what is built in exports a symbol that a module uses', weight: 2,
      async run() {
        const name = `kloop_walk_ex_${walk.next()}`;
        tree.append('kernel/ksysfs.c', `\n#include <linux/export.h>\nint ${name}(void);\nint ${name}(void) { return ${walk.count}; }\nEXPORT_SYMBOL(${name});\n`);
        const before = tree.read('drivers/block/loop.c');
        tree.append('drivers/block/loop.c', `\nint ${name}(void);\nint kloop_walk_use_${walk.count}(void);\nint kloop_walk_use_${walk.count}(void) { return ${name}(); }\n`);
        await walk.builds();
        // A later step may undo the export.
        tree.write('drivers/block/loop.c', before);
        await walk.builds();
      },
    },
    {
      name: 'a module lacks a symbol, and is put right', weight: 2,
      async run() {
        const file = walk.draw(inModules);
        const before = tree.read(file);
        tree.append(file, `\nint kloop_walk_lacks(void);\nint kloop_walk_use_${walk.next()}(void);\nint kloop_walk_use_${walk.count}(void) { return kloop_walk_lacks(); }\n`);
        const lacks = await walk.build();
        assert.is(lacks.status, 125, lacks.stderr);
        assert.match(lacks.stderr, /"kloop_walk_lacks" \[.*\.ko\] undefined/);
        tree.write(file, `${before}\n/* ${walk.mark()} */\n`);
        await walk.builds();
      },
    },
    {
      name: 'a new parameter', weight: 2,
      async run() {
        const file = walk.draw(['drivers/net/dummy.c', 'drivers/block/loop.c', 'net/sched/sch_netem.c']);
        tree.append(file, `\nstatic int kloop_walk_par_${walk.next()};\nmodule_param(kloop_walk_par_${walk.count}, int, 0644);\n`);
        await walk.builds();
        assert.ok(readFileSync(join(dir, file.replace(/c$/, 'ko'))).includes(`parmtype=kloop_walk_par_${walk.count}:int`));
      },
    },
    {
      name: 'a module stops compiling, and is fixed', weight: 2,
      async run() {
        const file = walk.draw(inModules);
        const before = tree.read(file);
        tree.append(file, '\nint kloop_walk_broken( { return 0; }\n');
        const broken = await walk.build();
        assert.is(broken.status, 125, broken.stderr);
        assert.match(broken.stderr, new RegExp(`${file}:\\d+:\\d+: error`));
        if (walk.random() < 0.5) tree.undo(file);
        else tree.write(file, before);
        await walk.builds();
      },
    },
    {
      name: 'a module is built in, or off, and one again', weight: 2,
      async run() {
        const option = walk.draw(['DUMMY', 'TCP_CONG_BBR', 'NET_SCH_NETEM']);
        const before = tree.read('.config');
        for (const value of walk.random() < 0.5 ? ['y'] : ['n']) {
          setOption(option, value);
          await walk.builds();
          await walk.agreesWithMake();
        }
        tree.write('.config', before);
        await walk.builds();
        await walk.agreesWithMake();
      },
    },
    {
      name: 'a file that Kbuild made is removed', weight: 3,
      async run() {
        const gone = walk.draw(['net/ipv4/tcp_bbr.ko', 'drivers/net/dummy.mod.o', 'fs/xfs/xfs.mod.c', 'fs/xfs/xfs.o', 'drivers/block/loop.mod', 'Module.symvers', 'modules.order', 'fs/overlayfs/overlay.ko'].filter((name) => existsSync(join(dir, name))));
        rmSync(join(dir, gone));
        if (walk.random() < 0.5) tree.append(walk.draw(inModules), walk.keep(walk.mark()));
        await walk.builds();
        await walk.agreesWithMake();
        assert.ok(existsSync(join(dir, gone)), gone);
      },
    },
    {
      name: 'an edit undone, old time included', weight: 2,
      async run() {
        const file = walk.draw([...tree.changed().filter((name) => name.endsWith('.c')), walk.draw(inModules)]);
        tree.undo(file);
        await walk.builds();
      },
    },
    {
      name: 'an edit while a build runs', weight: 2,
      async run() {
        tree.append(walk.draw(inModules), walk.keep(walk.mark()));
        const running = walk.start();
        await running.says(/kernel: vmlinux: /);
        await pause(walk.random() * 2500);
        const text = walk.mark();
        tree.append(walk.draw(inModules), walk.keep(text));
        await running.ended;
        await walk.builds();
        assert.ok(walk.has(text));
      },
    },
    {
      name: 'a kill of the whole group', weight: 6,
      async run() {
        const text = walk.mark();
        const exports = walk.random() < 0.5 ? `\nint kloop_walk_kill_${walk.count}(void);\nint kloop_walk_kill_${walk.count}(void) { return 0; }\nEXPORT_SYMBOL(kloop_walk_kill_${walk.count});\n` : '';
        tree.append(walk.draw(inModules), walk.keep(text) + exports);
        if (walk.random() < 0.3) tree.append(walk.draw(builtIn), walk.keep(walk.mark()));
        for (let i = 0; i < 1 + Math.floor(walk.random() * 2); i++) await killed(walk, 4500);
        await walk.builds();
        await walk.agreesWithMake();
        assert.ok(walk.has(text));
      },
    },
  ];
  test.before(async () => await walk.builds());
  test.after(async () => {
    tree.undoAll();
    walk.isGood(await kloop(['kernel', '--no-image'], { env }));
  });

  test(`a walk of ${steps} edits over modules, KLOOP_TEST_SEED=${seed}`, () => walk.go(kinds, steps));
}

test.run();
