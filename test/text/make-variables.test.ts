import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeVariable, usesLlvm, withEnvironment } from '../../tasks/text/make-variables.ts';

test('the last of several counts, and no variable whose name merely begins so', () => {
  assert.is(makeVariable(['CC=gcc', '-k', 'CC=clang -x', 'CCACHE=c'], 'CC'), 'clang -x');
  assert.is(makeVariable(['KCFLAGS=-DA=1'], 'KCFLAGS'), '-DA=1');
  assert.is(makeVariable(['CCACHE=c', 'CC'], 'CC'), undefined);
});

test("LLVM's tools: any value but none, 0 too", () => {
  for (const value of ['1', '0', '-15', '/opt/llvm/bin/']) assert.ok(usesLlvm([`LLVM=${value}`]), value);
  for (const args of [[], ['LLVM='], ['LLVM=1', 'LLVM='], ['LLVM_IAS=1']]) assert.not.ok(usesLlvm(args), args.join(' '));
});

test('LLVM and CROSS_COMPILE come from the environment too, and the arguments win', () => {
  assert.equal(withEnvironment(['-k', 'LLVM='], { LLVM: '1', CROSS_COMPILE: 'x-', CC: 'tcc' }), ['LLVM=1', 'CROSS_COMPILE=x-', '-k', 'LLVM=']);
  assert.equal(withEnvironment(['-k'], {}), ['-k']);
});

test.run();
