import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { register, stackValues } from '../../../tasks/machine/qemu/evidence.ts';
import { nameAddress } from '../../../tasks/machine/qemu/symbols.ts';

const symbols = [{ address: 0x1000n, name: 'first' }, { address: 0x2000n, name: 'second' }];

test('an address is named after the function it is in', () => {
  assert.is(nameAddress(symbols, 0xfffn), undefined);
  assert.is(nameAddress(symbols, 0x1000n), 'first+0x0');
  assert.is(nameAddress(symbols, 0x1fffn), 'first+0xfff');
  assert.is(nameAddress(symbols, 0x2010n), 'second+0x10');
  assert.is(nameAddress(symbols, 0x2000n + 0x10001n), undefined);
});

test("registers and stacks are read from the monitor's words", () => {
  assert.is(register('RIP=ffffffff81abcd12 RFL=00000246 [---Z-P-] CPL=0', 'RIP'), 0xffffffff81abcd12n);
  assert.is(register('nothing', 'RIP'), undefined);
  assert.equal(stackValues('ffffffff82003e50: 0x0000000000000001 0xffffffff81000010\n'), [1n, 0xffffffff81000010n]);
});

test.run();
