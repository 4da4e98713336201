/** Modules with BTF, which is made against vmlinux's: those of a save, and all where vmlinux changed. And symbols that no module uses, trimmed away: make's. */
import { writeFileSync } from 'node:fs';
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
`) : undefined;
if (kernel === undefined) {
  console.log(hasPahole ? '# no cache: run it by `npm run test:long -- watch/modules/btf`' : '# pahole: skipped, for lack of it');
  test.skip('needs KLOOP_TEST_CACHE and pahole', () => undefined);
} else {
  const { tree, env, dir } = kernel;
  const bbr = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static int __init bbr_register(void)\n{');
  const tcp = new EditedFunction(join(tree, 'net/ipv4/tcp.c'), 'void tcp_init_sock(struct sock *sk)\n{');
  const restore = () => { for (const one of [bbr, tcp]) one.restore(); };
  const build = async (words: RegExp, more: Readonly<Record<string, string>> = {}) => {
    const ended = good(await kloop(['kernel', '--no-image', '--verify'], { env: { ...env, ...more } }));
    assert.match(ended.stderr, words);
  };
  const typesOf = async (more: Readonly<Record<string, string>> = {}) => good(await kloop(['vm', '--', 'sh', '-c', 'modprobe tcp_bbr && test -s /sys/kernel/btf/tcp_bbr'], { env: { ...env, ...more } }));

  test('a module, and vmlinux: both come to what make makes, and the guest has the types', async () => {
    restore();
    await typesOf();
    for (const one of [bbr, tcp]) {
      one.begin('barrier();');
      await build(/make agrees: it had nothing to compile.*vmlinux and modules/);
      await typesOf();
    }
  });

  test('CONFIG_TRIM_UNUSED_KSYMS: make builds, and says so', async () => {
    restore();
    writeFileSync(join(dir, 'trim.config'), 'CONFIG_TRIM_UNUSED_KSYMS=y\nCONFIG_DEBUG_INFO_BTF=n\nCONFIG_DEBUG_INFO_NONE=y\n');
    const trimmed = { KERNEL_FRAGMENTS: `${env['KERNEL_FRAGMENTS']},${join(dir, 'trim.config')}` };
    await build(/./, trimmed);
    bbr.begin('barrier();');
    await build(/with make: CONFIG_TRIM_UNUSED_KSYMS/, trimmed);
    good(await kloop(['vm', '--', 'modprobe', 'tcp_bbr'], { env: { ...env, ...trimmed } }));
  });

  test.after(restore);
}

test.run();
