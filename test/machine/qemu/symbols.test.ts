import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { functionSymbols, nameAddress, symbolsPath } from '../../../tasks/machine/qemu/symbols.ts';
import { elf } from '../../support/fixtures/elf.ts';

const symbols = [{ address: 0x1000n, size: 0x1000n, name: 'first' }, { address: 0x2000n, size: 0x20n, name: 'second' }];

test('an address is named after the function it is in', () => {
  assert.is(nameAddress(symbols, 0xfffn), undefined);
  assert.is(nameAddress(symbols, 0x1000n), 'first+0x0/0x1000');
  assert.is(nameAddress(symbols, 0x1fffn), 'first+0xfff/0x1000');
  assert.is(nameAddress(symbols, 0x2010n), 'second+0x10/0x20');
  assert.is(nameAddress(symbols, 0x2000n + 0x10001n), undefined);
});

/** An entry of .symtab (elf(5)); types: 1 is an object, 2 a function, 3 a section. */
function entry(nameAt: number, type: number, address: bigint, size = 0x1000n): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(nameAt, 0);
  // A global one: what binds it is in the upper half.
  bytes.writeUInt8((1 << 4) | type, 4);
  bytes.writeBigUInt64LE(address, 8);
  bytes.writeBigUInt64LE(size, 16);
  return bytes;
}

test("of a vmlinux's symbols those of functions are read, by address", () => {
  // The numbers are where the names begin.
  const names = '\0second\0jiffies\0first\0elsewhere\0';
  const table = Buffer.concat([entry(0, 3, 0x1000n), entry(1, 2, 0x2000n, 0x20n), entry(8, 1, 0x1800n), entry(16, 2, 0x1000n), entry(22, 2, 0n)]);
  const file = elf({ '.symtab': { type: 2, link: 2, bytes: table }, '.strtab': names });
  const read = (bytes: Buffer) => functionSymbols((offset, size) => bytes.subarray(offset, offset + size));
  assert.equal(read(file), symbols);
  assert.equal(read(elf({ '.strtab': names })), [], 'it has been stripped');
});

test("a bzImage's symbols are in the vmlinux of its tree", () => {
  assert.is(symbolsPath('/t/arch/x86/boot/bzImage'), '/t/vmlinux');
  assert.is(symbolsPath('/t/arch/x86_64/boot/bzImage'), '/t/vmlinux');
  assert.is(symbolsPath('/boot/vmlinuz-6.1'), '/boot/vmlinuz-6.1');
});

test.run();
