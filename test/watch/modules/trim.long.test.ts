/** Symbols that no module uses, trimmed away (CONFIG_TRIM_UNUSED_KSYMS): one module's edit may change what vmlinux exports, so make builds. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { EditedFunction, good, modularKernel } from './modular-kernel.ts';

const test = suite('modules of a kernel with trimmed symbols');
const kernel = await modularKernel('modules-trim', 'CONFIG_TRIM_UNUSED_KSYMS=y\n');
if (kernel === undefined) {
  console.log('# no cache: run it by `npm run test:long -- watch/modules/trim`');
  test.skip('needs KLOOP_TEST_CACHE', () => undefined);
} else {
  const { tree, env } = kernel;
  const bbr = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static int __init bbr_register(void)\n{');

  test('make builds, and says so; a symbol that a module begins to use is there', async () => {
    bbr.restore();
    good(await kloop(['vm', '--', 'modprobe', 'tcp_bbr'], { env }));
    // No other module has a use for it.
    bbr.begin('if (int_pow(jiffies, 3) == 1) return -EIO;');
    // Linux 6.1.192's own makefiles link vmlinux anew with the next make only, by hand as well: the symbol is not there before.
    const first = await kloop(['kernel', '--no-image'], { env });
    assert.match(first.stderr, /with make: CONFIG_TRIM_UNUSED_KSYMS/, first.stderr);
    if (first.status !== 0) assert.match(first.stderr, 'int_pow is not defined, but used by net/ipv4/tcp_bbr.ko');
    good(await kloop(['kernel', '--no-image', '--verify'], { env }));
    good(await kloop(['vm', '--', 'modprobe', 'tcp_bbr'], { env }));
  });

  test.after(() => bbr.restore());
}

test.run();
