import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sourceName, stable } from '../../tasks/console/title.ts';

test('what differs from run to run is taken out', () => {
  assert.is(stable('odd at ffff8880362c4a10, 0x1f of 12.5'), 'odd at ADDR, ADDR of N');
  assert.is(stable('  two   spaces '), 'two spaces');
  assert.is(stable('feedback deadbeef'), 'feedback deadbeef');
});

test('names as in the source', () => {
  assert.is(sourceName('fault_loop.constprop.0'), 'fault_loop');
  assert.is(sourceName('f.isra.0.cold'), 'f');
  assert.is(sourceName('plain'), 'plain');
});

test.run();
