/** Modules with BTF, which is made against vmlinux's: those of a save, and all where vmlinux changed. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop } from '../../support/kloop.ts';
import { EditedFunction, good, modularKernel } from './modular-kernel.ts';

const test = suite('modules with BTF');
const hasPahole = findProgram('pahole') !== undefined;
const kernel = hasPahole ? await modularKernel('modules-btf', `
CONFIG_BPF_SYSCALL=y
CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y
CONFIG_DEBUG_INFO_BTF=y
CONFIG_DEBUG_INFO_BTF_MODULES=y
`, { KERNEL_MAKE_ARGS: '"PAHOLE_FLAGS=--btf_gen_floats --lang_exclude=rust"' }) : undefined; // Not -j: its threads number the types as they come, differently each time.
if (kernel === undefined) {
  console.log(hasPahole ? '# no cache: run it by `npm run test:long -- watch/modules/btf`' : '# pahole: skipped, for lack of it');
  test.skip('needs KLOOP_TEST_CACHE and pahole', () => undefined);
} else {
  const { tree, env } = kernel;
  const bbr = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static int __init bbr_register(void)\n{');
  const tcp = new EditedFunction(join(tree, 'net/ipv4/tcp.c'), 'void tcp_init_sock(struct sock *sk)\n{');
  const restore = () => { for (const one of [bbr, tcp]) one.restore(); };
  const typesOf = async () => good(await kloop(['vm', '--', 'sh', '-c', 'modprobe tcp_bbr && test -s /sys/kernel/btf/tcp_bbr'], { env }));

  test('a module, and vmlinux: both come to what make makes, and the guest has the types', async () => {
    restore();
    await typesOf();
    for (const one of [bbr, tcp]) {
      one.begin('barrier();');
      const ended = good(await kloop(['kernel', '--no-image', '--verify'], { env }));
      assert.match(ended.stderr, /make agrees: it had nothing to compile.*vmlinux and modules?,/, ended.stderr);
      await typesOf();
    }
  });

  test.after(restore);
}

test.run();
