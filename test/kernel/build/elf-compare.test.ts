import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differences, sections } from '../../../tasks/kernel/build/elf-compare.ts';
import { elf } from '../../support/fixtures/elf.ts';

const kernel = (text: string, version: string, hash = 'h1') =>
  elf({ '.text': text, '.rodata': `Linux version 6.1 (gcc) # SMP \nLinux version 6.1 (gcc) ${version}\n\0${version}`, '.notes': hash });

test('sections by name', () => {
  assert.equal(sections(elf({ '.text': 'code' })).map(({ name }) => name), ['', '.text', '.shstrtab']);
  assert.equal(sections(Buffer.from('no elf')), []);
});

test('number, date and hash of the build are no difference; code is', () => {
  assert.equal(differences(kernel('code', '#7 SMP Mon'), kernel('code', '#8 SMP Tue', 'h2')), []);
  assert.equal(differences(kernel('code', '#7 SMP Mon'), kernel('cooe', '#7 SMP Mon')), ['.text: 4 and 4 bytes, first difference at 2']);
  assert.is(differences(Buffer.from('a'), Buffer.from('b')).length, 1);
});

test.run();
