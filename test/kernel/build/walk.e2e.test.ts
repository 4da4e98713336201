/**
 * A random walk of edits over the real tree. After each, kloop builds by the
 * quick way where it can, and by make as well; make must find nothing to
 * compile, and come to the same vmlinux, byte for byte (`kernel --verify`).
 *
 * KLOOP_TEST_SEED goes a walk again; KLOOP_TEST_STEPS sets its length.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endOfHeader } from '../../../tasks/bench/edit.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { buildPlace } from '../../../tasks/kernel/inputs/place.ts';
import { loadIndex } from '../../../tasks/kernel/inputs/index-store.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { EditedTree, randomBy } from '../../support/edits.ts';
import { killAll, kloop, root, startKloop, type Ended } from '../../support/kloop.ts';
import { sameBuild } from '../../support/shared-kernel.ts';
import { isLongRun } from '../../support/skip-unless.ts';

const dir = process.env['KLOOP_TEST_TREE'] ?? '';
const stateDir = process.env['STATE_DIR'] ?? join(root, '.kloop');
const seed = Number(process.env['KLOOP_TEST_SEED'] ?? (isLongRun ? Date.now() % 1_000_000 : 7));
const steps = Number(process.env['KLOOP_TEST_STEPS'] ?? (isLongRun ? 64 : 1));

const random = randomBy(seed);
const draw = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const tree = new EditedTree(dir);
const sources = ['net/mptcp/protocol.c', 'net/mptcp/pm.c', 'net/mptcp/subflow.c', 'net/mptcp/options.c', 'net/ipv4/tcp_input.c', 'lib/cmdline.c', 'kernel/ksysfs.c'];
let count = 0;
/** A text that is in vmlinux where the edit is. */
const mark = () => `kloop walk ${seed} ${++count}`;
const keep = (text: string) => `static const char kloop_mark_${count}[] __attribute__((used)) = "${text}";`;

/** Nothing else may differ either. */
const env = sameBuild;
const build = (more: Readonly<Record<string, string>> = {}) => kloop(['kernel', '--no-image', '--verify'], { env: { ...env, ...more } });
const vmlinux = () => readFileSync(join(dir, 'vmlinux'));
let quickBuilds = 0;
function isGood(ended: Ended): void {
  assert.is(ended.status, 0, ended.stderr);
  if (!ended.stderr.includes('make agrees')) return;
  quickBuilds++;
  assert.match(ended.stderr, /byte for byte/);
}

/** Headers by the number of objects that they feed, as the index of the built tree has it. */
function headersBy(least: number, most: number): string[] {
  const place = buildPlace(stateDir, { source: dir, build: dir });
  const index = loadIndex(place.index, { source: dir, build: dir });
  if (index === undefined) throw new Error('there is no index');
  const users = new Map<number, number>();
  for (const entry of index.entries) for (const dep of entry.deps) users.set(dep, (users.get(dep) ?? 0) + 1);
  return [...users].filter(([, number]) => number >= least && number <= most)
    .map(([file]) => (index.files[file] ?? '').slice(dir.length + 1))
    .filter((file) => /^(net|include\/net|lib|fs|kernel|drivers\/net)\/.*\.h$/.test(file))
    // Included in the middle of an enum, and of a table.
    .filter((file) => !file.endsWith('lock_events_list.h'))
    .sort();
}

interface Step {
  readonly name: string;
  /** How often it is drawn. */
  readonly weight: number;
  run(): Promise<void>;
}

const editHeader = (least: number, most: number) => async () => {
  const header = draw(headersBy(least, most));
  const text = tree.read(header);
  const end = endOfHeader(text);
  const line = `\n#define KLOOP_WALK_${++count} ${count}\nstatic inline int kloop_walk_${count}(void) { return KLOOP_WALK_${count}; }\n`;
  tree.write(header, text.slice(0, end) + line + text.slice(end));
  isGood(await build());
};

const kinds: Step[] = [
  {
    name: 'a changed function', weight: 4,
    async run() {
      const text = mark();
      tree.append(draw(sources), `\nvoid kloop_walk_fn_${count}(void);\nvoid kloop_walk_fn_${count}(void) { printk("${text}"); }\n`);
      isGood(await build());
      assert.ok(vmlinux().includes(text), text);
    },
  },
  { name: 'a header with few users', weight: 2, run: editHeader(1, 4) },
  { name: 'a header with some ten users', weight: 2, run: editHeader(5, 30) },
  { name: 'a header with many users', weight: 1, run: editHeader(31, 400) },
  {
    name: 'a new export', weight: 2,
    async run() {
      count++;
      tree.append(draw(sources.slice(0, 4)), `\n#include <linux/export.h>\nint kloop_walk_ex_${count}(void);\nint kloop_walk_ex_${count}(void) { return ${count}; }\nEXPORT_SYMBOL_GPL(kloop_walk_ex_${count});\n`);
      isGood(await build());
      assert.ok(readFileSync(join(dir, 'System.map'), 'utf8').includes(`kloop_walk_ex_${count}`));
    },
  },
  {
    name: 'a static function comes and goes', weight: 1,
    async run() {
      const file = draw(sources);
      const text = mark();
      const before = tree.read(file);
      tree.write(file, `${before}\nstatic noinline __attribute__((used)) void kloop_walk_st(void) { printk("${text}"); }\n`);
      isGood(await build());
      assert.ok(vmlinux().includes(text));
      tree.write(file, before);
      isGood(await build());
      assert.not(vmlinux().includes(text));
    },
  },
  {
    name: 'an include comes and goes', weight: 1,
    async run() {
      const file = draw(sources);
      const before = tree.read(file);
      tree.write(file, `#include <linux/bsearch.h>\n${before}`);
      isGood(await build());
      assert.match(readFileSync(join(dir, file.replace(/([^/]+)\.c$/, '.$1.o.cmd')), 'utf8'), /linux\/bsearch\.h/);
      tree.write(file, before);
      isGood(await build());
    },
  },
  {
    name: 'a file stops compiling and is fixed', weight: 2,
    async run() {
      const file = draw(sources);
      const before = tree.read(file);
      tree.write(file, `${before}\nint kloop_walk_broken( { return 0; }\n`);
      const broken = await build();
      assert.is(broken.status, 125, broken.stderr);
      assert.match(broken.stderr, new RegExp(`${file}:\\d+:\\d+: error`));
      // Fixed by another edit, by the same text, or with the old time.
      const how = random();
      if (how < 0.4) tree.write(file, `${before}\n/* fixed ${++count} */\n`);
      else if (how < 0.7) tree.write(file, before);
      else tree.undo(file);
      isGood(await build());
    },
  },
  {
    name: 'an edit while a build runs', weight: 2,
    async run() {
      const file = draw(sources);
      tree.append(file, `\n/* ${mark()} */\n`);
      const running = startKloop(['kernel', '--no-image'], { env });
      await running.says(/kernel: vmlinux: /);
      await new Promise((resolve) => { setTimeout(resolve, random() * 2500); });
      const text = mark();
      tree.append(file, `\n${keep(text)}\n`);
      await running.ended;
      isGood(await build());
      assert.ok(vmlinux().includes(text), 'what was saved while the build ran is in the next one');
    },
  },
  {
    name: 'touch', weight: 1,
    async run() {
      tree.touch(draw(sources));
      isGood(await build());
    },
  },
  {
    name: 'an edit undone, old time included', weight: 3,
    async run() {
      const file = draw([...tree.changed(), draw(sources)]);
      if (tree.read(file) === tree.original(file)) {
        tree.append(file, `\n${keep(mark())}\n`);
        isGood(await build());
      }
      tree.undo(file);
      isGood(await build());
    },
  },
  {
    name: 'another state checked out by git, and back', weight: 1,
    async run() {
      const repository = mkdtempSync(join(tmpdir(), 'kloop-walk-'));
      // The repository lies elsewhere: the tree itself stays what it is.
      const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=A Tester', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', `--git-dir=${repository}/git`, `--work-tree=${dir}`, ...args], { cwd: dir, stdio: 'pipe' });
      try {
        for (const file of sources) tree.read(file);
        git('init', '--quiet');
        git('add', '--force', ...sources);
        git('commit', '--quiet', '--message=one');
        for (const file of sources.slice(0, 3)) tree.append(file, `\n${keep(mark())}\n`);
        git('commit', '--quiet', '--all', '--message=two');
        isGood(await build());
        git('checkout', '--quiet', 'HEAD~1');
        isGood(await build());
        git('checkout', '--quiet', 'main');
        isGood(await build());
      } finally {
        rmSync(repository, { recursive: true });
      }
    },
  },
  {
    name: 'another configuration, and back', weight: 1,
    async run() {
      const before = tree.read('.config');
      tree.write('.config', before.replace(/^CONFIG_LOG_BUF_SHIFT=\d+$/m, (line) => (line.endsWith('=16') ? 'CONFIG_LOG_BUF_SHIFT=18' : 'CONFIG_LOG_BUF_SHIFT=16')));
      tree.append(draw(sources), `\n/* ${mark()} */\n`);
      isGood(await build());
      tree.write('.config', before);
      isGood(await build());
    },
  },
  {
    name: 'a host program', weight: 1,
    async run() {
      // objtool works on every object: all are made again.
      const file = draw(['scripts/mod/modpost.c', 'scripts/kallsyms.c', 'scripts/sorttable.h', 'arch/x86/tools/relocs.c', ...(isLongRun ? ['tools/objtool/check.c', 'tools/lib/subcmd/help.c', 'tools/arch/x86/lib/x86-opcode-map.txt'] : [])]);
      tree.append(file, file.endsWith('.txt') ? `# ${mark()}\n` : `\n/* ${mark()} */\n`);
      const ended = await build();
      isGood(ended);
      assert.match(ended.stderr, new RegExp(`kernel: vmlinux: input newer: .*${file.replaceAll('.', '\\.')}`));
      await agreesWithMake();
    },
  },
  {
    name: 'a header that is to be generated, by asm/Kbuild', weight: 1,
    async run() {
      const makefile = draw(['arch/x86/include/asm/Kbuild', 'include/asm-generic/Kbuild']);
      const header = `kloop_walk_${++count}.h`;
      const text = mark();
      tree.create(`include/asm-generic/${header}`, '#define KLOOP_WALK_GENERIC 1\n');
      tree.append(makefile, `\n${makefile.startsWith('arch') ? 'generic' : 'mandatory'}-y += ${header}\n`);
      tree.append(draw(sources), `\n#include <asm/${header}>\n${keep(text)}\n`);
      isGood(await build());
      assert.ok(vmlinux().includes(text));
      await agreesWithMake();
    },
  },
  {
    name: 'a generated file is removed, or changed by hand', weight: 2,
    async run() {
      const file = draw(['include/generated/asm-offsets.h', 'arch/x86/include/generated/asm/rwonce.h', 'net/mptcp/pm.o', 'net/mptcp/built-in.a', 'lib/lib.a', 'kernel/ksysfs.o'].filter((one) => existsSync(join(dir, one))));
      const now = new Date();
      if (random() < 0.5) rmSync(join(dir, file));
      else utimesSync(join(dir, file), now, now);
      const ended = await build();
      isGood(ended);
      assert.not(ended.stderr.includes('kernel: up to date'), `${file}: ${ended.stderr}`);
      await agreesWithMake();
    },
  },
  {
    name: 'a source is deleted that its makefile names, and comes back', weight: 1,
    async run() {
      const file = draw(sources);
      tree.remove(file);
      const ended = await build();
      isGood(ended);
      assert.match(ended.stderr, new RegExp(`${file} was removed, but a makefile still names it`));
      assert.match((await build()).stderr, /kernel: up to date/);
      await agreesWithMake();
      tree.undo(file);
      isGood(await build());
    },
  },
  {
    name: 'a time in the future', weight: 1,
    async run() {
      const file = draw(sources);
      tree.touch(file, new Date(Date.now() + 3_600_000));
      for (let i = 0; i < 2; i++) {
        const ended = await build();
        isGood(ended);
        assert.match(ended.stderr, new RegExp(`dated (5\\d min|1 h).* in the future.*touch .*${file}`));
      }
      tree.touch(file);
      isGood(await build());
      assert.match((await build()).stderr, /kernel: up to date/);
    },
  },
  {
    name: 'a moved tree, and back', weight: 1,
    async run() {
      const elsewhere = `${dir}-moved`;
      renameSync(dir, elsewhere);
      try {
        const ended = await build({ KERNEL_SOURCES: `dir:${elsewhere}` });
        assert.is(ended.status, 0, ended.stderr);
        await agreesWithMake({}, elsewhere);
      } finally {
        renameSync(elsewhere, dir);
      }
      const ended = await build();
      isGood(ended);
      assert.match(ended.stderr, new RegExp(`this kernel was built in ${elsewhere}`));
      await agreesWithMake();
      assert.match((await build()).stderr, /kernel: up to date/);
    },
  },
  {
    name: 'flags in the environment, and back', weight: 1,
    async run() {
      // Of the assembler alone: 40 files rather than all.
      const flags = { KAFLAGS: '-DKLOOP_WALK' };
      const ended = await build(flags);
      isGood(ended);
      assert.match(ended.stderr, /the environment changed: KAFLAGS/);
      assert.match(readFileSync(join(dir, 'arch/x86/entry/.entry_64.o.cmd'), 'utf8'), /-DKLOOP_WALK/);
      await agreesWithMake(flags);
      isGood(await build());
    },
  },
  {
    name: 'a kill of the whole group', weight: 4,
    async run() {
      const text = mark();
      const many = random() < 0.4;
      if (many) await Promise.resolve(tree.append(draw(headersBy(5, 100)), `\n/* ${text} */\n`));
      tree.append(draw(sources), `\n${keep(text)}\n`);
      for (let i = 0; i < 1 + Math.floor(random() * 2); i++) {
        const running = startKloop(['kernel', '--no-image', ...(random() < 0.5 ? ['--verify'] : [])], { env });
        await running.says(/kernel: vmlinux: /);
        await new Promise((resolve) => { setTimeout(resolve, random() * (many ? 9000 : 4500)); });
        killAll(running.child.pid ?? 0);
        await running.ended;
      }
      isGood(await build());
      assert.ok(vmlinux().includes(text));
    },
  },
];

/** make by hand, with the same environment, finds nothing to compile. */
async function agreesWithMake(more: Readonly<Record<string, string>> = {}, cwd = dir): Promise<void> {
  const compiled: string[] = [];
  const ended = await new Processes().run({
    argv: ['make', '-j2', 'vmlinux'], cwd, env: { ...env, ...more, PATH: `/usr/lib/ccache:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' },
    onLine: (line) => { if (/^ {2}(?:CC|AS|HOSTCC|LD|AR) /.test(line)) compiled.push(line); },
  });
  assert.ok(!isFailure(ended) && ended.status === 0, isFailure(ended) ? ended.detail.reason : ended.stderr);
  assert.equal(compiled, [], 'make still had something to do');
}

const bag = kinds.flatMap((kind) => Array<Step>(kind.weight).fill(kind));
const seen = new Map<string, string>();

test.before(async () => isGood(await kloop(['kernel', '--no-image'], { env })));
test.after(async () => {
  tree.undoAll();
  isGood(await kloop(['kernel', '--no-image']));
});

test(`a walk of ${steps} edits, KLOOP_TEST_SEED=${seed}`, async () => {
  console.log(`# KLOOP_TEST_SEED=${seed} KLOOP_TEST_STEPS=${steps}`);
  // Every kind once, in an order of the seed's choice, then as they are drawn.
  const plan = [...kinds].map((kind) => ({ kind, at: random() })).sort((a, b) => a.at - b.at).map(({ kind }) => kind);
  for (let i = 0; i < steps; i++) {
    const kind = plan[i] ?? draw(bag);
    const began = performance.now();
    try {
      await kind.run();
      // The kernel of one state of the sources is one kernel, however it was come by.
      const hash = createHash('sha256').update(vmlinux()).digest('hex');
      const state = createHash('sha256').update(tree.state()).digest('hex');
      assert.is(seen.get(state) ?? hash, hash, 'the same sources gave another kernel before');
      seen.set(state, hash);
    } catch (error) {
      console.log(`# failed at step ${i + 1}, ${kind.name}; edited: ${tree.changed().join(', ')}`);
      throw error;
    }
    console.log(`# ${i + 1}/${steps}, ${quickBuilds} quick: ${kind.name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  // A few steps may all be of kinds that are make's, or be killed where make has to go on.
  if (steps > 8) assert.ok(quickBuilds >= steps / 2, `${quickBuilds} builds were quick`);
});

test.run();
