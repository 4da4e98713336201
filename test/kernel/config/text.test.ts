import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { essence, foreignArchitecture, isComplete, isFor, mergeRequested, parseDotConfig, parseFragment, requestedText } from '../../../tasks/kernel/config/text.ts';

const options = (text: string) => parseFragment(text, 'f').requested.map(({ option, value, line }) => [option, value, line]);

test('settings, unset ones, comments', () => {
  assert.equal(options('# why\nCONFIG_A=y\n\n# CONFIG_B is not set\n  CONFIG_C="a # b"   # text\nCONFIG_D=0x10 # why\nCONFIG_E=-1\n'), [
    ['A', 'y', 2], ['B', 'n', 4], ['C', '"a # b"', 5], ['D', '0x10', 6], ['E', '-1', 7],
  ]);
});

test('bad lines are named with their places, all of them', () => {
  const { wrong } = parseFragment('CONFIG_A=y\nFOO=y\nCONFIG_B=yes\nCONFIG A=y\nCONFIG_C="open\n', 'my.config');
  assert.equal(wrong, [
    "my.config:2: 'FOO=y' isn't a setting; did you mean CONFIG_FOO=y?",
    "my.config:3: CONFIG_B: 'yes' isn't a value (y, m, n, a number, or a text in double quotes)",
    "my.config:4: 'CONFIG A=y' isn't a setting",
    "my.config:5: CONFIG_C: '\"open' isn't a value (y, m, n, a number, or a text in double quotes)",
  ]);
});

test('twice the same is harmless, twice different is not', () => {
  assert.equal(parseFragment('CONFIG_A=y\nCONFIG_A=y\n', 'f').wrong, []);
  assert.equal(parseFragment('CONFIG_A=y\n# CONFIG_A is not set\n', 'f').wrong, ['f:2: CONFIG_A=n, but line 1 says y']);
});

test('a request for some versions alone', () => {
  const { requested, wrong } = parseFragment('CONFIG_A=y # before 5.11: old\nCONFIG_A=n # from 5.11: new\nCONFIG_B=y # from 4.14, before 5.11: x\nCONFIG_C=y # beforehand: no version\nCONFIG_D=y # from 4.14 on\n', 'f');
  assert.equal(wrong, []);
  const of = (major: number, minor: number) => requested.filter((one) => isFor(one, { major, minor })).map(({ option, value }) => `${option}=${value}`);
  assert.equal(of(4, 13), ['A=y', 'C=y', 'D=y']);
  assert.equal(of(4, 14), ['A=y', 'B=y', 'C=y', 'D=y']);
  assert.equal(of(5, 10), ['A=y', 'B=y', 'C=y', 'D=y']);
  assert.equal(of(5, 11), ['A=n', 'C=y', 'D=y']);
  assert.equal(of(6, 1), ['A=n', 'C=y', 'D=y']);
  assert.equal(parseFragment('CONFIG_A=y # before 5.11: x\nCONFIG_A=n # before 5.11: y\n', 'f').wrong, ['f:2: CONFIG_A=n, but line 1 says y']);
});

test('a later fragment overrides', () => {
  const merged = mergeRequested([parseFragment('CONFIG_A=y\nCONFIG_B=y\n', 'one'), parseFragment('# CONFIG_A is not set\n', 'two')]);
  assert.is(requestedText(merged), 'CONFIG_B=y\n# CONFIG_A is not set\n');
  assert.is(merged[1]?.file, 'two');
});

test('a .config', () => {
  assert.equal([...parseDotConfig('#\n# Comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="x=y"\n')], [['A', 'y'], ['B', 'n'], ['C', '"x=y"']]);
});

test('complete, or a fragment', () => {
  assert.ok(isComplete('#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.1.0 Kernel Configuration\n#\nCONFIG_A=y\n'));
  assert.ok(isComplete('#\n# Automatically generated make config: don\'t edit\n'));
  assert.ok(isComplete('CONFIG_X=y\n'.repeat(1500)));
  assert.not(isComplete('# for Linux/x86\nCONFIG_A=y\n'));
});

test('another architecture', () => {
  assert.is(foreignArchitecture('#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.1.0 Kernel Configuration\n'), 'arm64');
  assert.is(foreignArchitecture('CONFIG_RISCV=y\n'), 'riscv');
  assert.is(foreignArchitecture('# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_X86_32=y\n'), 'x86, 32 bits');
  assert.is(foreignArchitecture('# Linux/x86_64 5.4.0 Kernel Configuration\nCONFIG_64BIT=y\n'), undefined);
});

test('what tools write does not count', () => {
  const one = '# Linux/x86 6.1\nCONFIG_CC_VERSION_TEXT="gcc 12"\nCONFIG_GCC_VERSION=120200\nCONFIG_NET=y\n';
  assert.is(essence(one), essence(one.replaceAll('12', '15').replace('6.1', '6.2')));
  assert.is.not(essence(one), essence(one.replace('CONFIG_NET=y', '# CONFIG_NET is not set')));
  assert.is.not(essence('CONFIG_CGROUPS=y\n'), essence(''));
});

test.run();
