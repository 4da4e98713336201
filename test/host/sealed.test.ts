import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sealed, unsealed } from '../../tasks/host/sealed.ts';

test('what was sealed comes back', () => {
  for (const data of [Buffer.from('a snapshot'), Buffer.alloc(0)]) assert.equal(unsealed(Buffer.concat(sealed(data))), data);
});

test('no byte of it can change, and none be lost, unseen', () => {
  const whole = Buffer.concat(sealed(Buffer.from('a snapshot')));
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    assert.throws(() => unsealed(flipped), /^damaged$/, `byte ${at} changed`);
    assert.throws(() => unsealed(whole.subarray(0, at)), /^damaged$/, `cut off at ${at}`);
  }
  assert.throws(() => unsealed(Buffer.concat([whole, Buffer.from('x')])), /^damaged$/);
});

test.run();
