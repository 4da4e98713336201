import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codeDifferences, hasDebugInfo, sameBuildNotes } from '../../../tasks/kernel/build/same-code.ts';
import { elf } from '../../support/fixtures/elf.ts';

test('all code counts, and nothing else', () => {
  const kernel = elf({ '.text': 'code', '.rodata': 'one', '.init.text': 'begin' });
  assert.equal(codeDifferences(kernel, elf({ '.text': 'code', '.rodata': 'two', '.init.text': 'begin', '.debug_info': 'lines' })), []);
  assert.equal(codeDifferences(kernel, elf({ '.text': 'cope', '.init.text': 'begins' })), ['.text: 4 and 4 bytes', '.init.text: 5 and 6 bytes']);
  assert.equal(codeDifferences(kernel, elf({ '.text': 'code' })), ['.init.text is missing']);
  assert.equal(codeDifferences(Buffer.from('no kernel'), kernel), ['the kernel has no code that can be read']);
});

test('debug information', () => {
  assert.ok(hasDebugInfo(elf({ '.debug_info': 'lines' })));
  assert.not.ok(hasDebugInfo(elf({ '.text': 'code', '.debug_info': '' })));
});

test('number, date, user and host of a build, as its make noted them', () => {
  const noted = '#define UTS_VERSION "#12 SMP PREEMPT_DYNAMIC Mon Nov 23 11:12:07 UTC 2026"\n#define LINUX_COMPILE_BY\t\t"me"\n#define LINUX_COMPILE_HOST "here"\n';
  assert.equal(sameBuildNotes(noted), { KBUILD_BUILD_VERSION: '12', KBUILD_BUILD_TIMESTAMP: 'Mon Nov 23 11:12:07 UTC 2026', KBUILD_BUILD_USER: 'me', KBUILD_BUILD_HOST: 'here' });
  assert.equal(sameBuildNotes('#define UTS_VERSION "#1 Thu Jan  1 00:00:00 UTC 1970"'), { KBUILD_BUILD_VERSION: '1', KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 1970' });
  assert.equal(sameBuildNotes(''), {});
});

test.run();
