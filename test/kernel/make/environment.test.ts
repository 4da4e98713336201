import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { notHonoured } from '../../../tasks/kernel/make/environment.ts';

test('what make follows is followed, and not mentioned', () => {
  assert.equal(notHonoured({ KCFLAGS: '-O1', KAFLAGS: '-g', LLVM: '1', CROSS_COMPILE: 'x-', ARCH: 'x86', HOME: '/root', KBUILD_VERBOSE: '0' }, undefined, '/tree'), []);
});

test('what is not followed is named, with what to do', () => {
  assert.equal(notHonoured({ CC: 'clang', ARCH: 'arm64', KCONFIG_CONFIG: 'mine' }, undefined, '/tree'), [
    "CC=clang in the environment is not used: make only takes it as an argument: KERNEL_MAKE_ARGS=CC=clang",
    'ARCH=arm64 in the environment is not used: kloop builds x86_64',
    "KCONFIG_CONFIG=mine in the environment is not used: the configuration is the build directory's .config",
  ]);
});

test('a value with quotes is quoted for the shell, and for kloop', () => {
  const [line] = notHonoured({ CC: `gcc -DX='"'` }, undefined, '/tree');
  assert.match(line ?? '', String.raw`KERNEL_MAKE_ARGS='CC="gcc -DX='\''\"'\''"'`);
});

test('KBUILD_OUTPUT beside KERNEL_BUILD_DIR', () => {
  assert.equal(notHonoured({ KBUILD_OUTPUT: '/b' }, '/b', '/tree'), []);
  assert.equal(notHonoured({ KBUILD_OUTPUT: '../b' }, '/b', '/tree'), [], 'in a tree of one\'s own');
  assert.equal(notHonoured({ KBUILD_OUTPUT: '/b' }, '/c', '/tree'), ['KBUILD_OUTPUT=/b in the environment is not used: KERNEL_BUILD_DIR, which takes precedence, is /c']);
  assert.equal(notHonoured({ KBUILD_OUTPUT: 'b' }, undefined, '/tree'), ['KBUILD_OUTPUT=b in the environment is not used: KERNEL_BUILD_DIR, which takes precedence, is empty, and the path is relative']);
});

test.run();
