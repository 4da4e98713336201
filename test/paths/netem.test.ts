/** A direction as tc's arguments. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink } from '../../tasks/paths/link.ts';
import { limitOf, netemArguments } from '../../tasks/paths/netem.ts';

const words = (link: Partial<typeof plainLink>) => netemArguments({ ...plainLink, ...link }).join(' ');

test('only what differs from a wire is named', () => {
  assert.is(words({}), 'netem limit 8257 rate 0bit');
  assert.is(words({ rate: 12e6, delay: 35, jitter: 5, distribution: 'normal', queue: 100 }), 'netem limit 150 delay 35000us 5000us distribution normal rate 12000000bit');
  assert.is(words({ delay: 0.1, duplicate: 0.01, reorder: 0.25 }), 'netem limit 8265 delay 100us duplicate 1% reorder 25% rate 0bit');
});

test('a seed', () => {
  assert.is(words({ loss: 0.1, seed: 7 }), 'netem limit 8257 loss 10% seed 7 rate 0bit');
});

test('losses: each by itself, or in bursts', () => {
  assert.match(words({ loss: 0.015 }), /loss 1\.5% rate/);
  // A burst of 4 on average, and 1 % in all: 0.25 * 0.01 / 0.99.
  assert.match(words({ loss: 0.01, burst: 4 }), /loss gemodel 0\.25252525% 25% rate/);
  assert.match(words({ loss: 1, burst: 1 }), /loss 100% rate/);
});

test('the queue holds what is on its way, too', () => {
  const link = { ...plainLink, rate: 12.112e6, delay: 100 };
  assert.is(limitOf({ ...link, queue: 7 }), 100 + 7);
  assert.is(limitOf(link), 100 + 100);
  assert.is(limitOf({ ...plainLink, rate: 1000, delay: 0 }), 20);
});

test.run();
