import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRecipe, recipeDifference, toolchainOf } from '../../../tasks/kernel/make/recipe.ts';

test('the toolchain by make’s arguments', () => {
  assert.equal(toolchainOf([], {}), ['gcc', 'ld', 'as', 'pahole']);
  assert.equal(toolchainOf(['CC=ccache gcc -std=gnu11', 'CROSS_COMPILE=x-'], {}), ['ccache', 'gcc', 'x-ld', 'x-as', 'pahole']);
  assert.equal(toolchainOf(['LLVM=-15'], {}), ['clang-15', 'ld.lld-15', 'pahole']);
  assert.equal(toolchainOf([], { LLVM: '1' }), ['clang', 'ld.lld', 'pahole']);
});

test('a difference is worded', () => {
  const before = makeRecipe({ goal: 'vmlinux', args: ['O=/b'], env: {} });
  assert.is(recipeDifference(before, makeRecipe({ goal: 'vmlinux', args: ['O=/b'], env: { HOME: '/x' } })), undefined);
  assert.is(recipeDifference(before, makeRecipe({ goal: 'vmlinux', args: ['O=/c'], env: {} })), "make's arguments changed: make O=/c vmlinux");
  assert.is(recipeDifference(before, makeRecipe({ goal: 'vmlinux', args: ['O=/b'], env: { KCFLAGS: '-g' } })), 'the environment changed: KCFLAGS');
  assert.is(recipeDifference('make x\ngcc: /a 1 2', 'make x\ngcc: /a 1 3'), 'the toolchain changed: gcc');
});

test.run();
