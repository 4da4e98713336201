import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differences, sections } from '../../../tasks/kernel/build/elf-compare.ts';

/** A small ELF file of such sections. */
function elf(contents: Readonly<Record<string, string>>): Buffer {
  const names = ['', ...Object.keys(contents), '.shstrtab'];
  const strings = Buffer.from(names.join('\0') + '\0');
  const bodies = [Buffer.alloc(0), ...Object.values(contents).map((text) => Buffer.from(text)), strings];
  const head = Buffer.alloc(64);
  head.write('\x7fELF\x02\x01', 'latin1');
  const table = 64 + bodies.reduce((sum, body) => sum + body.length, 0);
  head.writeBigUInt64LE(BigInt(table), 40);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(bodies.length, 60);
  head.writeUInt16LE(bodies.length - 1, 62);
  let offset = 64;
  let nameAt = 0;
  const headers = bodies.map((body, i) => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(nameAt, 0);
    header.writeUInt32LE(1, 4);
    header.writeBigUInt64LE(BigInt(offset), 24);
    header.writeBigUInt64LE(BigInt(body.length), 32);
    offset += body.length;
    nameAt += (names[i] ?? '').length + 1;
    return header;
  });
  return Buffer.concat([head, ...bodies, ...headers]);
}

const kernel = (text: string, version: string, hash = 'h1') =>
  elf({ '.text': text, '.rodata': `Linux version 6.1 (gcc) # SMP \nLinux version 6.1 (gcc) ${version}\n\0${version}`, '.notes': hash });

test('sections by name', () => {
  assert.equal(sections(elf({ '.text': 'code' })).map(({ name }) => name), ['', '.text', '.shstrtab']);
  assert.equal(sections(Buffer.from('no elf')), []);
});

test('number, date and hash of the build are no difference; code is', () => {
  assert.equal(differences(kernel('code', '#7 SMP Mon'), kernel('code', '#8 SMP Tue', 'h2')), []);
  assert.equal(differences(kernel('code', '#7 SMP Mon'), kernel('cooe', '#7 SMP Mon')), ['.text: 4 and 4 bytes, first different at 2']);
  assert.is(differences(Buffer.from('a'), Buffer.from('b')).length, 1);
});

test.run();
