import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { register, stackValues } from '../../../tasks/machine/qemu/evidence.ts';

test("registers and stacks are read from the monitor's words", () => {
  assert.is(register('RIP=ffffffff81abcd12 RFL=00000246 [---Z-P-] CPL=0', 'RIP'), 0xffffffff81abcd12n);
  assert.is(register('nothing', 'RIP'), undefined);
  assert.equal(stackValues('ffffffff82003e50: 0x0000000000000001 0xffffffff81000010\n'), [1n, 0xffffffff81000010n]);
});

test.run();
