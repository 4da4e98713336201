import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { notHonoured } from '../../../tasks/kernel/make/environment.ts';

test('what make follows is followed, and not mentioned', () => {
  assert.equal(notHonoured({ KCFLAGS: '-O1', KAFLAGS: '-g', LLVM: '1', CROSS_COMPILE: 'x-', ARCH: 'x86', HOME: '/root', KBUILD_VERBOSE: '0' }, undefined), []);
});

test('what is not followed is named, with what to do', () => {
  assert.equal(notHonoured({ CC: 'clang', ARCH: 'arm64', KCONFIG_CONFIG: 'mine' }, undefined), [
    "CC=clang in the environment is not used: make only takes it as an argument: KERNEL_MAKE_ARGS='CC=clang'",
    'ARCH=arm64 in the environment is not used: kloop builds x86_64',
    "KCONFIG_CONFIG=mine in the environment is not used: the configuration is the build directory's .config",
  ]);
});

test('KBUILD_OUTPUT beside KERNEL_BUILD_DIR', () => {
  assert.equal(notHonoured({ KBUILD_OUTPUT: '/b' }, '/b'), []);
  assert.equal(notHonoured({ KBUILD_OUTPUT: '/b' }, '/c'), ['KBUILD_OUTPUT=/b in the environment is not used: KERNEL_BUILD_DIR, which takes precedence, is /c']);
  assert.equal(notHonoured({ KBUILD_OUTPUT: 'b' }, undefined), ['KBUILD_OUTPUT=b in the environment is not used: KERNEL_BUILD_DIR, which takes precedence, is empty, and the path is relative']);
});

test.run();
