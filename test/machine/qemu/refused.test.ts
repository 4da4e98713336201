import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readMaking, watchRefusals } from '../../../tasks/machine/qemu/refused.ts';

// As QEMU 7.2 and 9.2 write them, the latter with time stamps.
const fifo = 'v9fs_mknod tag 0 id 18 fid 5 mode 4516 major 0 minor 0';
const socket = '712@1764252000.123456:v9fs_mknod tag 3 id 18 fid 5 mode 49645 major 0 minor 0';
const made = 'v9fs_mknod_return tag 0 id 18 qid={type 0 version 0 path 5}';

test('a line says what is to be made, or that something was', () => {
  assert.equal(readMaking(fifo), { tag: '0', asked: 'a fifo' });
  assert.equal(readMaking(socket), { tag: '3', asked: 'a Unix socket' });
  assert.equal(readMaking('v9fs_mknod tag 0 id 18 fid 5 mode 8576 major 1 minor 3'), { tag: '0', asked: 'a device' });
  assert.equal(readMaking(made), { tag: '0', asked: undefined });
  assert.is(readMaking('qemu-system-x86_64: warning: host does not support it'), undefined);
});

test('what was not made until QEMU ended is refused', async () => {
  const refusals = watchRefusals();
  refusals.heard(socket);
  refusals.ended();
  assert.is(await refusals.first, 'a Unix socket');
});

test('and what was not made when its tag is used anew, the first of all', async () => {
  const refusals = watchRefusals();
  refusals.heard(fifo);
  refusals.heard(socket.replace('tag 3', 'tag 0'));
  refusals.heard(made);
  refusals.ended();
  assert.is(await refusals.first, 'a fifo');
});

test('what was made is not', async () => {
  const refusals = watchRefusals();
  refusals.heard(fifo);
  refusals.heard(made);
  refusals.ended();
  assert.is(await Promise.race([refusals.first, Promise.resolve('nothing')]), 'nothing');
});

test.run();
