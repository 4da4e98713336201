/**
 * A random walk of edits over a kernel with modules. After each, kloop builds by
 * the quick way where it can, and by make as well; make must find nothing to
 * compile, and come to the same vmlinux and the same modules, byte for byte
 * (`kernel --verify`). The same sources give the same modules each time.
 *
 * KLOOP_TEST_SEED goes a walk again; KLOOP_TEST_STEPS sets its length.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endOfHeader } from '../../../tasks/bench/edit.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { loadIndex } from '../../../tasks/kernel/inputs/index-store.ts';
import { buildPlace } from '../../../tasks/kernel/inputs/place.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { partsOf } from '../../../tasks/watch/parts.ts';
import { EditedTree, randomBy } from '../../support/edits.ts';
import { killAll, kloop, startKloop, type Ended } from '../../support/kloop.ts';
import { modularKernel } from '../../watch/modules/modular-kernel.ts';

const kernel = await modularKernel();
const seed = Number(process.env['KLOOP_TEST_SEED'] ?? Date.now() % 1_000_000);
const steps = Number(process.env['KLOOP_TEST_STEPS'] ?? 40);

if (kernel === undefined) {
  console.log('# no cache: run it by `npm run test:long -- build/walk-modules`');
  test.skip('needs KLOOP_TEST_CACHE', () => undefined);
} else {
  const { tree: dir, env } = kernel;
  const random = randomBy(seed);
  const draw = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const tree = new EditedTree(dir, 'edited-modular');
  const inModules = ['net/ipv4/tcp_bbr.c', 'net/sched/sch_netem.c', 'drivers/net/dummy.c', 'net/ipv4/udp_tunnel_core.c', 'drivers/block/loop.c', 'fs/xfs/xfs_super.c', 'fs/xfs/libxfs/xfs_bit.c', 'fs/overlayfs/super.c'];
  const builtIn = ['net/ipv4/tcp_input.c', 'lib/cmdline.c', 'kernel/ksysfs.c', 'net/core/dev.c'];
  let count = 0;
  let quickBuilds = 0;
  const mark = () => `kloop walk ${seed} ${++count}`;
  const keep = (text: string) => `\nstatic const char kloop_mark_${count}[] __attribute__((used)) = "${text}";\n`;

  const build = () => kloop(['kernel', '--no-image', '--verify'], { env });
  const isGood = (ended: Ended): void => {
    assert.is(ended.status, 0, ended.stderr);
    if (ended.stderr.includes('make agrees')) quickBuilds++;
  };
  const order = () => readFileSync(join(dir, 'modules.order'), 'utf8').trim().split('\n').map((line) => line.replace(/\.o$/, '.ko'));
  /** What was built, all of it. */
  const built = () => ['vmlinux', 'Module.symvers', ...order()].map((name) => `${name} ${createHash('sha256').update(readFileSync(join(dir, name))).digest('hex')}`);
  const hasText = (text: string) => ['vmlinux', ...order()].some((name) => readFileSync(join(dir, name)).includes(text));

  /** make by hand, with the same environment, finds nothing to compile or to link. */
  async function agreesWithMake(): Promise<void> {
    const done: string[] = [];
    const ended = await new Processes().run({
      argv: ['make', '-j2', 'vmlinux', 'modules'], cwd: dir, env: { ...env, PATH: `/usr/lib/ccache:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' },
      onLine: (line) => { if (/^ {2}(?:CC|AS|HOSTCC|LD|AR|BTF) /.test(line)) done.push(line); },
    });
    assert.ok(!isFailure(ended) && ended.status === 0, isFailure(ended) ? ended.detail.reason : ended.stderr);
    assert.equal(done, [], 'make still had something to do');
  }

  /** Headers of some modules alone, or of modules and of what is built in, that few objects read. */
  function headers(shared: boolean): string[] {
    const index = loadIndex(buildPlace(env['STATE_DIR'] ?? '', { source: dir, build: dir }).index, { source: dir, build: dir });
    if (index === undefined) throw new Error('there is no index');
    const users = new Map<number, number>();
    for (const entry of index.entries) for (const dep of entry.deps) users.set(dep, (users.get(dep) ?? 0) + 1);
    return index.files.filter((path, i) => {
      if (!path.startsWith(`${dir}/`) || !/\/(net|fs|drivers|linux)\/.*\.h$/.test(path) || (users.get(i) ?? 0) > 25) return false;
      const { builtIn: inKernel, modules } = partsOf(path, index);
      return modules.length > 0 && inKernel === shared;
    }).map((path) => path.slice(dir.length + 1)).sort();
  }
  const editHeader = (shared: boolean) => async () => {
    const header = draw(headers(shared));
    const text = tree.read(header);
    const end = endOfHeader(text);
    tree.write(header, `${text.slice(0, end)}\n#define KLOOP_WALK_${++count} ${count}\nstatic inline int kloop_walk_${count}(void) { return KLOOP_WALK_${count}; }\n${text.slice(end)}`);
    isGood(await build());
  };
  const setOption = (name: string, value: string) => tree.write('.config', tree.read('.config').replace(new RegExp(`^(?:CONFIG_${name}=.*|# CONFIG_${name} is not set)$`, 'm'), value === 'n' ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`));

  const kinds: { readonly name: string; readonly weight: number; run(): Promise<void> }[] = [
    {
      name: "a module's function", weight: 6,
      async run() {
        const text = mark();
        tree.append(draw(inModules), `\nvoid kloop_walk_fn_${count}(void);\nvoid kloop_walk_fn_${count}(void) { printk("${text}"); }\n`);
        isGood(await build());
        assert.ok(hasText(text));
      },
    },
    { name: 'a header of modules alone', weight: 3, run: editHeader(false) },
    { name: 'a header of modules and of what is built in', weight: 3, run: editHeader(true) },
    {
      name: 'built-in code', weight: 2,
      async run() {
        tree.append(draw(builtIn), keep(mark()));
        isGood(await build());
      },
    },
    {
      name: 'both at once', weight: 2,
      async run() {
        const text = mark();
        tree.append(draw(builtIn), keep(text));
        tree.append(draw(inModules), keep(mark()));
        isGood(await build());
        assert.ok(hasText(text));
      },
    },
    {
      name: 'a module exports a symbol, another uses it, and both no more', weight: 3,
      async run() {
        const [from, to] = ['net/ipv4/udp_tunnel_core.c', 'drivers/net/dummy.c'];
        const before = [tree.read(from), tree.read(to)] as const;
        const name = `kloop_walk_ex_${++count}`;
        tree.append(from, `\nint ${name}(void);\nint ${name}(void) { return ${count}; }\nEXPORT_SYMBOL_GPL(${name});\n`);
        isGood(await build());
        assert.match(readFileSync(join(dir, 'Module.symvers'), 'utf8'), `\t${name}\tnet/ipv4/udp_tunnel\tEXPORT_SYMBOL_GPL`);
        tree.append(to, `\nint ${name}(void);\nint kloop_walk_use_${count}(void);\nint kloop_walk_use_${count}(void) { return ${name}(); }\n`);
        isGood(await build());
        assert.ok(readFileSync(join(dir, 'drivers/net/dummy.ko')).includes('depends=udp_tunnel\0'));
        tree.write(to, before[1]);
        tree.write(from, before[0]);
        isGood(await build());
        assert.not(readFileSync(join(dir, 'drivers/net/dummy.ko')).includes('depends=udp_tunnel\0'));
      },
    },
    {
      name: 'what is built in exports a symbol that a module uses', weight: 2,
      async run() {
        const name = `kloop_walk_ex_${++count}`;
        tree.append('kernel/ksysfs.c', `\n#include <linux/export.h>\nint ${name}(void);\nint ${name}(void) { return ${count}; }\nEXPORT_SYMBOL(${name});\n`);
        tree.append('drivers/block/loop.c', `\nint ${name}(void);\nint kloop_walk_use_${count}(void);\nint kloop_walk_use_${count}(void) { return ${name}(); }\n`);
        isGood(await build());
      },
    },
    {
      name: 'a module lacks a symbol, and is put right', weight: 2,
      async run() {
        const file = draw(inModules);
        const before = tree.read(file);
        tree.append(file, `\nint kloop_walk_lacks(void);\nint kloop_walk_use_${++count}(void);\nint kloop_walk_use_${count}(void) { return kloop_walk_lacks(); }\n`);
        const lacks = await build();
        assert.is(lacks.status, 125, lacks.stderr);
        assert.match(lacks.stderr, /"kloop_walk_lacks" \[.*\.ko\] undefined/);
        tree.write(file, `${before}\n/* ${mark()} */\n`);
        isGood(await build());
      },
    },
    {
      name: 'a new parameter', weight: 2,
      async run() {
        const file = draw(['drivers/net/dummy.c', 'drivers/block/loop.c', 'net/sched/sch_netem.c']);
        tree.append(file, `\nstatic int kloop_walk_par_${++count};\nmodule_param(kloop_walk_par_${count}, int, 0644);\n`);
        isGood(await build());
        assert.ok(readFileSync(join(dir, file.replace(/c$/, 'ko'))).includes(`parmtype=kloop_walk_par_${count}:int`));
      },
    },
    {
      name: 'a module stops compiling, and is fixed', weight: 2,
      async run() {
        const file = draw(inModules);
        const before = tree.read(file);
        tree.append(file, '\nint kloop_walk_broken( { return 0; }\n');
        const broken = await build();
        assert.is(broken.status, 125, broken.stderr);
        assert.match(broken.stderr, new RegExp(`${file}:\\d+:\\d+: error`));
        if (random() < 0.5) tree.undo(file);
        else tree.write(file, before);
        isGood(await build());
      },
    },
    {
      name: 'a module is built in, or off, and one again', weight: 2,
      async run() {
        const option = draw(['DUMMY', 'TCP_CONG_BBR', 'NET_SCH_NETEM']);
        const before = tree.read('.config');
        for (const value of random() < 0.5 ? ['y'] : ['n']) {
          setOption(option, value);
          isGood(await build());
          await agreesWithMake();
        }
        tree.write('.config', before);
        isGood(await build());
        await agreesWithMake();
      },
    },
    {
      name: 'a file that Kbuild made is removed', weight: 3,
      async run() {
        const gone = draw(['net/ipv4/tcp_bbr.ko', 'drivers/net/dummy.mod.o', 'fs/xfs/xfs.mod.c', 'fs/xfs/xfs.o', 'drivers/block/loop.mod', 'Module.symvers', 'modules.order', 'fs/overlayfs/overlay.ko'].filter((name) => existsSync(join(dir, name))));
        rmSync(join(dir, gone));
        if (random() < 0.5) tree.append(draw(inModules), keep(mark()));
        isGood(await build());
        await agreesWithMake();
        assert.ok(existsSync(join(dir, gone)), gone);
      },
    },
    {
      name: 'an edit undone, old time included', weight: 2,
      async run() {
        const file = draw([...tree.changed().filter((name) => name.endsWith('.c')), draw(inModules)]);
        tree.undo(file);
        isGood(await build());
      },
    },
    {
      name: 'an edit while a build runs', weight: 2,
      async run() {
        tree.append(draw(inModules), keep(mark()));
        const running = startKloop(['kernel', '--no-image'], { env });
        await running.says(/kernel: vmlinux: /);
        await new Promise((resolve) => { setTimeout(resolve, random() * 2500); });
        const text = mark();
        tree.append(draw(inModules), keep(text));
        await running.ended;
        isGood(await build());
        assert.ok(hasText(text));
      },
    },
    {
      name: 'a kill of the whole group', weight: 6,
      async run() {
        const text = mark();
        const exports = random() < 0.5 ? `\nint kloop_walk_kill_${count}(void);\nint kloop_walk_kill_${count}(void) { return 0; }\nEXPORT_SYMBOL(kloop_walk_kill_${count});\n` : '';
        tree.append(draw(inModules), keep(text) + exports);
        if (random() < 0.3) tree.append(draw(builtIn), keep(mark()));
        for (let i = 0; i < 1 + Math.floor(random() * 2); i++) {
          const running = startKloop(['kernel', '--no-image', ...(random() < 0.5 ? ['--verify'] : [])], { env });
          await running.says(/kernel: vmlinux: /);
          await new Promise((resolve) => { setTimeout(resolve, random() * 4500); });
          killAll(running.child.pid ?? 0);
          await running.ended;
        }
        isGood(await build());
        await agreesWithMake();
        assert.ok(hasText(text));
      },
    },
  ];
  const bag = kinds.flatMap((kind) => Array<(typeof kinds)[number]>(kind.weight).fill(kind));
  const seen = new Map<string, readonly string[]>();

  test.before(async () => isGood(await build()));
  test.after(async () => {
    tree.undoAll();
    isGood(await kloop(['kernel', '--no-image'], { env }));
  });

  test(`a walk of ${steps} edits over modules, KLOOP_TEST_SEED=${seed}`, async () => {
    console.log(`# KLOOP_TEST_SEED=${seed} KLOOP_TEST_STEPS=${steps}`);
    // Every kind once, in an order of the seed's choice, then as they are drawn.
    const plan = [...kinds].map((kind) => ({ kind, at: random() })).sort((a, b) => a.at - b.at).map(({ kind }) => kind);
    for (let i = 0; i < steps; i++) {
      const kind = plan[i] ?? draw(bag);
      const began = performance.now();
      try {
        await kind.run();
        const state = createHash('sha256').update(tree.state()).digest('hex');
        const now = built();
        assert.equal(now, seen.get(state) ?? now, 'the same sources gave other modules before');
        seen.set(state, now);
      } catch (error) {
        console.log(`# failed at step ${i + 1}, ${kind.name}; edited: ${tree.changed().join(', ')}`);
        throw error;
      }
      console.log(`# ${i + 1}/${steps}, ${quickBuilds} quick: ${kind.name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
    }
    if (steps > 8) assert.ok(quickBuilds >= steps / 2, `${quickBuilds} builds were quick`);
  });
}

test.run();
