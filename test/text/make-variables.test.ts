import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeArgsSetting, makeVariable, usesLlvm, withEnvironment } from '../../tasks/text/make-variables.ts';
import { shellWords } from '../../tasks/text/values.ts';

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

test('a setting comes back through a shell and through kloop as it was', () => {
  const args = ['CC=gcc', 'KCFLAGS=-O1 -DX="a b"', `HOSTCC=it's`, 'LD=a\\ $b `c`', '-k'];
  const value = execFileSync('sh', ['-c', `${makeArgsSetting(args)}; printf %s "$KERNEL_MAKE_ARGS"`], { encoding: 'utf8' });
  assert.equal(shellWords(value), { value: args });
  assert.is(makeArgsSetting(['CC=gcc -x', 'V=0']), `KERNEL_MAKE_ARGS='CC="gcc -x" V=0'`);
});

test.run();
