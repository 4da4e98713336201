import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nameAddress } from '../../../tasks/machine/qemu/symbols.ts';

const symbols = [{ address: 0x1000n, name: 'first' }, { address: 0x2000n, name: 'second' }];

test('an address is named after the function it is in', () => {
  assert.is(nameAddress(symbols, 0xfffn), undefined);
  assert.is(nameAddress(symbols, 0x1000n), 'first+0x0');
  assert.is(nameAddress(symbols, 0x1fffn), 'first+0xfff');
  assert.is(nameAddress(symbols, 0x2010n), 'second+0x10');
  assert.is(nameAddress(symbols, 0x2000n + 0x10001n), undefined);
});

test.run();
