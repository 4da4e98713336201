import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { imageRequest } from '../../../tasks/kernel/build/image.ts';
import type { BuildRequest } from '../../../tasks/kernel/build/make.ts';

test('make is called for the directory of the image alone, in the build directory, as the top makefile calls it', () => {
  const whole = { tree: { source: '/linux', build: '/build' }, args: ['O=/build', 'bzImage'], goal: 'bzImage', output: 'arch/x86/boot/bzImage', env: { LC_ALL: 'C', srctree: '/old' } };
  const request = imageRequest(whole as unknown as BuildRequest, { exported: { srctree: '/linux', KBUILD_IMAGE: 'x' }, recipe: '', files: {} });
  assert.equal({ ...request }, {
    ...whole, args: ['-f', '/linux/scripts/Makefile.build', 'obj=arch/x86/boot'], goal: 'arch/x86/boot/bzImage', cwd: '/build',
    env: { LC_ALL: 'C', srctree: '/linux', KBUILD_IMAGE: 'x' },
  });
});

test.run();
