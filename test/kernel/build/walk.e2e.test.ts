/**
 * A random walk of edits over the real tree. After each, kloop builds by the
 * quick way where it can, and by make as well; make must find nothing to
 * compile, and come to the same vmlinux, byte for byte (`kernel --verify`).
 *
 * KLOOP_TEST_SEED goes a walk again; KLOOP_TEST_STEPS sets its length, KLOOP_TEST_FROM its first step.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { shellWords } from '../../../tasks/text/values.ts';
import { kloop, root } from '../../support/kloop.ts';
import { sameBuild } from '../../support/shared-kernel.ts';
import { isLongRun } from '../../support/skip-unless.ts';
import { commonKinds } from './walk-kinds.ts';
import { Walk, type Kind } from './walk.ts';

const dir = process.env['KLOOP_TEST_TREE'] ?? '';
const stateDir = process.env['STATE_DIR'] ?? join(root, '.kloop');
const seed = Number(process.env['KLOOP_TEST_SEED'] ?? (isLongRun ? Date.now() % 1_000_000 : 7));
const steps = Number(process.env['KLOOP_TEST_STEPS'] ?? (isLongRun ? 64 : 1));

/** Nothing else may differ either. */
const env = sameBuild;
// An old tree needs words of its own for newer tools; make by hand gets the same.
const given = shellWords(process.env['KERNEL_MAKE_ARGS'] ?? '');
const walk = new Walk({ dir, stateDir, seed, env, goals: [...('value' in given ? given.value : []), 'vmlinux'] });
const { tree } = walk;
const sources = ['net/mptcp/protocol.c', 'net/mptcp/pm.c', 'net/mptcp/subflow.c', 'net/mptcp/options.c', 'net/ipv4/tcp_input.c', 'lib/cmdline.c', 'kernel/ksysfs.c'].filter((file) => existsSync(join(dir, file)));

const kinds: Kind[] = [
  ...commonKinds(walk, sources, /^(net|include\/net|lib|fs|kernel|drivers\/net)\/.*\.h$/),
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
        for (const file of sources.slice(0, 3)) tree.append(file, walk.keep(walk.mark()));
        git('commit', '--quiet', '--all', '--message=two');
        await walk.builds();
        git('checkout', '--quiet', 'HEAD~1');
        await walk.builds();
        git('checkout', '--quiet', 'main');
        await walk.builds();
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
      tree.append(walk.draw(sources), `\n/* ${walk.mark()} */\n`);
      await walk.builds();
      tree.write('.config', before);
      await walk.builds();
    },
  },
  {
    name: 'a host program', weight: 1,
    async run() {
      // objtool works on every object: all are made again.
      const file = walk.draw(['scripts/mod/modpost.c', 'scripts/kallsyms.c', 'scripts/sorttable.c', 'arch/x86/tools/relocs.c', ...(isLongRun ? ['tools/objtool/check.c', 'tools/lib/subcmd/help.c', 'tools/arch/x86/lib/x86-opcode-map.txt'] : [])].filter((one) => existsSync(join(dir, one))));
      tree.append(file, file.endsWith('.txt') ? `# ${walk.mark()}\n` : `\n/* ${walk.mark()} */\n`);
      const ended = await walk.build();
      walk.isGood(ended);
      assert.match(ended.stderr, new RegExp(`kernel: vmlinux: input newer: .*${file.replaceAll('.', '\\.')}`));
      await walk.agreesWithMake();
    },
  },
  {
    name: 'a header that is to be generated, by asm/Kbuild', weight: 1,
    async run() {
      const makefile = walk.draw(['arch/x86/include/asm/Kbuild', 'include/asm-generic/Kbuild'].filter((file) => existsSync(join(dir, file))));
      const header = `kloop_walk_${walk.next()}.h`;
      const text = walk.mark();
      tree.create(`include/asm-generic/${header}`, '#define KLOOP_WALK_GENERIC 1\n');
      tree.append(makefile, `\n${makefile.startsWith('arch') ? 'generic' : 'mandatory'}-y += ${header}\n`);
      tree.append(walk.draw(sources), `\n#include <asm/${header}>${walk.keep(text)}`);
      await walk.builds();
      assert.ok(walk.has(text));
      await walk.agreesWithMake();
    },
  },
  {
    name: 'a generated file is removed, or changed by hand', weight: 2,
    async run() {
      const file = walk.draw(['include/generated/asm-offsets.h', 'arch/x86/include/generated/asm/rwonce.h', 'net/mptcp/pm.o', 'net/mptcp/built-in.a', 'lib/lib.a', 'kernel/ksysfs.o'].filter((one) => existsSync(join(dir, one))));
      const now = new Date();
      if (walk.random() < 0.5) rmSync(join(dir, file));
      else utimesSync(join(dir, file), now, now);
      const ended = await walk.build();
      walk.isGood(ended);
      assert.not(ended.stderr.includes('kernel: up to date'), `${file}: ${ended.stderr}`);
      await walk.agreesWithMake();
    },
  },
  {
    name: 'a source is deleted that its makefile names, and comes back', weight: 1,
    async run() {
      const file = walk.draw(sources);
      tree.remove(file);
      const ended = await walk.build();
      walk.isGood(ended);
      assert.match(ended.stderr, new RegExp(`${file} was removed, but a makefile still names it`));
      assert.match((await walk.build()).stderr, /kernel: up to date/);
      await walk.agreesWithMake();
      tree.undo(file);
      await walk.builds();
    },
  },
  {
    name: 'a time in the future', weight: 1,
    async run() {
      const file = walk.draw(sources);
      tree.touch(file, new Date(Date.now() + 3_600_000));
      for (let i = 0; i < 2; i++) {
        const ended = await walk.build();
        walk.isGood(ended);
        assert.match(ended.stderr, new RegExp(`dated (5\\d min|1 h).* in the future.*touch .*${file}`));
      }
      tree.touch(file);
      await walk.builds();
      assert.match((await walk.build()).stderr, /kernel: up to date/);
    },
  },
  {
    name: 'a moved tree, and back', weight: 1,
    async run() {
      const elsewhere = `${dir}-moved`;
      renameSync(dir, elsewhere);
      try {
        const ended = await walk.build({ KERNEL_SOURCES: `dir:${elsewhere}` });
        assert.is(ended.status, 0, ended.stderr);
        await walk.agreesWithMake({}, elsewhere);
      } finally {
        renameSync(elsewhere, dir);
      }
      const ended = await walk.build();
      walk.isGood(ended);
      assert.match(ended.stderr, new RegExp(`this kernel was built in ${elsewhere}`));
      await walk.agreesWithMake();
      assert.match((await walk.build()).stderr, /kernel: up to date/);
    },
  },
  {
    name: 'flags in the environment, and back', weight: 1,
    async run() {
      // Of the assembler alone: 40 files rather than all.
      const flags = { KAFLAGS: '-DKLOOP_WALK' };
      const ended = await walk.build(flags);
      walk.isGood(ended);
      assert.match(ended.stderr, /the environment changed: KAFLAGS/);
      assert.match(readFileSync(join(dir, 'arch/x86/entry/.entry_64.o.cmd'), 'utf8'), /-DKLOOP_WALK/);
      await walk.agreesWithMake(flags);
      await walk.builds();
    },
  },
];

test.before(async () => walk.isGood(await kloop(['kernel', '--no-image'], { env })));
test.after(async () => {
  tree.undoAll();
  walk.isGood(await kloop(['kernel', '--no-image']));
});

test(`a walk of ${steps} edits, KLOOP_TEST_SEED=${seed}`, () => walk.go(kinds, steps));

test.run();
