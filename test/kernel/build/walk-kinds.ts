/** The kinds of steps that any kernel's walk has. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { endOfHeader } from '../../../tasks/bench/edit.ts';
import { killAll } from '../../support/kloop.ts';
import type { Kind, Walk } from './walk.ts';

/** @param sources of the kernel's, which are edited; `headers`: where the headers are that may be */
export function commonKinds(walk: Walk, sources: readonly string[], headers: RegExp): Kind[] {
  const { tree } = walk;
  const headersBy = (least: number, most: number) => [...walk.users()]
    .filter(([file, number]) => number >= least && number <= most && headers.test(file))
    .map(([file]) => file)
    // Included in the middle of an enum, and of a table.
    .filter((file) => !file.endsWith('lock_events_list.h'))
    .sort();
  const editHeader = async (among: readonly string[]) => {
    const header = walk.draw(among);
    const text = tree.read(header);
    const end = endOfHeader(text);
    const count = walk.next();
    tree.write(header, `${text.slice(0, end)}\n#define KLOOP_WALK_${count} ${count}\nstatic inline int kloop_walk_${count}(void) { return KLOOP_WALK_${count}; }\n${text.slice(end)}`);
    await walk.builds();
  };
  return [
    {
      name: 'a changed function', weight: 4,
      async run() {
        const text = walk.mark();
        const name = `kloop_walk_fn_${walk.count}`;
        tree.append(walk.draw(sources), `\nvoid ${name}(void);\nvoid ${name}(void) { printk("${text}"); }\n`);
        await walk.builds();
        assert.ok(walk.has(text), text);
      },
    },
    { name: 'a header with few users', weight: 2, run: () => editHeader(headersBy(1, 4)) },
    { name: 'a header with some ten users', weight: 2, run: () => editHeader(headersBy(5, 30)) },
    { name: 'a header with many users', weight: 1, run: () => editHeader(headersBy(31, 400)) },
    {
      name: 'a header of what assembler code takes for constants', weight: 1,
      async run() {
        const users = walk.users();
        const offsets = walk.inputsOf('arch/x86/kernel/asm-offsets.s').filter((file) => file.endsWith('.h') && !file.includes('/generated/') && (users.get(file) ?? 0) > 1 && (users.get(file) ?? 0) <= 80);
        const constants = () => readFileSync(walk.path('include/generated/asm-offsets.h'), 'utf8');
        const before = constants();
        await editHeader(offsets);
        assert.is(constants(), before);
        // One changes. (Linux 6.1: tdx_module_output; 6.12: tdx_module_args; before: what hibernation copies.)
        const struct = /^struct (?:tdx_module_\w+|pbe) \{\n/m;
        const header = offsets.find((file) => struct.test(tree.read(file)));
        assert.ok(header, 'no struct of which a constant is known');
        tree.write(header, tree.read(header).replace(struct, (line) => `${line}\tunsigned long kloop_walk_${walk.next()};\n`));
        await walk.builds();
        assert.is.not(constants(), before);
      },
    },
    {
      name: 'a new export', weight: 2,
      async run() {
        const name = `kloop_walk_ex_${walk.next()}`;
        tree.append(walk.draw(sources.slice(0, 4)), `\n#include <linux/export.h>\nint ${name}(void);\nint ${name}(void) { return ${walk.count}; }\nEXPORT_SYMBOL_GPL(${name});\n`);
        await walk.builds();
        assert.ok(readFileSync(walk.path('System.map'), 'utf8').includes(name));
      },
    },
    {
      name: 'a static function comes and goes', weight: 1,
      async run() {
        const file = walk.draw(sources);
        const text = walk.mark();
        const before = tree.read(file);
        tree.write(file, `${before}\nstatic noinline __attribute__((used)) void kloop_walk_st(void) { printk("${text}"); }\n`);
        await walk.builds();
        assert.ok(walk.has(text));
        tree.write(file, before);
        await walk.builds();
        assert.not(walk.has(text));
      },
    },
    {
      name: 'an include comes and goes', weight: 1,
      async run() {
        const file = walk.draw(sources);
        const before = tree.read(file);
        tree.write(file, `#include <linux/bsearch.h>\n${before}`);
        await walk.builds();
        assert.match(readFileSync(walk.path(file.replace(/([^/]+)\.c$/, '.$1.o.cmd')), 'utf8'), /linux\/bsearch\.h/);
        tree.write(file, before);
        await walk.builds();
      },
    },
    {
      name: 'a file stops compiling and is fixed', weight: 2,
      async run() {
        const file = walk.draw(sources);
        const before = tree.read(file);
        tree.write(file, `${before}\nint kloop_walk_broken( { return 0; }\n`);
        const broken = await walk.build();
        assert.is(broken.status, 125, broken.stderr);
        assert.match(broken.stderr, new RegExp(`${file}:\\d+:\\d+: error`));
        // Fixed by another edit, by the same text, or with the old time.
        const how = walk.random();
        if (how < 0.4) tree.write(file, `${before}\n/* fixed ${walk.next()} */\n`);
        else if (how < 0.7) tree.write(file, before);
        else tree.undo(file);
        await walk.builds();
      },
    },
    {
      name: 'an edit while a build runs', weight: 2,
      async run() {
        const file = walk.draw(sources);
        tree.append(file, `\n/* ${walk.mark()} */\n`);
        const running = walk.start();
        await running.says(/kernel: vmlinux: /);
        await pause(walk.random() * 2500);
        const text = walk.mark();
        tree.append(file, walk.keep(text));
        await running.ended;
        await walk.builds();
        assert.ok(walk.has(text), 'what was saved while the build ran is in the next one');
      },
    },
    {
      name: 'touch', weight: 1,
      async run() {
        tree.touch(walk.draw(sources));
        await walk.builds();
      },
    },
    {
      name: 'an edit undone, old time included', weight: 3,
      async run() {
        const file = walk.draw([...tree.changed(), walk.draw(sources)]);
        if (tree.read(file) === tree.original(file)) {
          tree.append(file, walk.keep(walk.mark()));
          await walk.builds();
        }
        tree.undo(file);
        await walk.builds();
      },
    },
    {
      name: 'a kill of the whole group', weight: 4,
      async run() {
        const text = walk.mark();
        const many = walk.random() < 0.4;
        if (many) tree.append(walk.draw(headersBy(5, 100)), `\n/* ${text} */\n`);
        tree.append(walk.draw(sources), walk.keep(text));
        for (let i = 0; i < 1 + Math.floor(walk.random() * 2); i++) await killed(walk, many ? 9000 : 4500);
        await walk.builds();
        assert.ok(walk.has(text));
      },
    },
  ];
}

/** A build that is killed, with all that it started, within so many ms. */
export async function killed(walk: Walk, mostMs: number): Promise<void> {
  const running = walk.start(...(walk.random() < 0.5 ? ['--verify'] : []));
  // The one before may have come to its end.
  await running.says(/kernel: (?:vmlinux: |up to date)/);
  await pause(walk.random() * mostMs);
  killAll(running.child.pid ?? 0);
  await running.ended;
}

/** At whatever moment an edit or a kill comes. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
