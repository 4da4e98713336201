/** What a path is like, as it is written. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { changed, linkText, parseProfile, plainLink, plainProfile, profileText, rateText } from '../../tasks/paths/link.ts';

const wrongOf = (changes: readonly string[]) => {
  const result = changed(plainProfile, changes);
  return 'wrong' in result ? result.wrong : 'right';
};

test('a change is of both directions, or of the one that it names', () => {
  assert.equal(changed(plainProfile, ['rate=12mbit', 'up-rate=384kbit', 'delay=2.5ms', 'down-loss=1%', 'queue=20.0']), { value: {
    down: { ...plainLink, rate: 12e6, delay: 2.5, loss: 0.01, queue: 20 },
    up: { ...plainLink, rate: 384e3, delay: 2.5, queue: 20 },
  } });
  assert.equal(changed({ down: { ...plainLink, rate: 5 }, up: plainLink }, ['rate=none', 'delay=1s']), { value: { down: { ...plainLink, delay: 1000 }, up: { ...plainLink, delay: 1000 } } });
});

test('what cannot be is refused, with what was expected', () => {
  assert.is(wrongOf(['rate=fast']), 'rate=fast: expected a rate from 1kbit to 100gbit, such as 12mbit');
  assert.is(wrongOf(['rate=12']), 'rate=12: expected a rate from 1kbit to 100gbit, such as 12mbit');
  assert.is(wrongOf(['delay=-1ms']), 'delay=-1ms: expected a time up to 60s, such as 35ms');
  assert.is(wrongOf(['loss=101%']), 'loss=101%: expected a part from 0% to 100%, such as 1.5%');
  assert.is(wrongOf(['queue=0']), 'queue=0: expected a number of packets from 1 to 1000000');
  assert.is(wrongOf(['seed=0']), 'seed=0: expected a number from 1 to 1000000000');
  assert.is(wrongOf(['distribution=gauss']), 'distribution=gauss: expected one of uniform, normal, pareto, paretonormal');
  assert.match(wrongOf(['up-dely=3ms']), "'up-dely': a path has rate, delay,");
  assert.match(wrongOf(['up-dely=3ms']), 'Did you mean up-delay?');
  assert.is(wrongOf(['delay']), "'delay': expected delay=VALUE");
  assert.match(wrongOf(['toString=3']), 'a path has');
  assert.match(wrongOf(['constructor=1']), 'a path has');
});

test('values that contradict each other', () => {
  assert.is(wrongOf(['delay=5ms', 'jitter=6ms']), 'a jitter of 6ms is more than the delay of 5ms');
  assert.match(wrongOf(['reorder=1%']), 'reorder needs a delay');
  assert.is(wrongOf(['loss=90%', 'burst=2']), 'with bursts of 2 packets at most 66% can be lost');
  assert.is(wrongOf(['jitter=6ms', 'delay=7ms']), 'right');
});

test("a profile's file; a wrong line is named by its number", () => {
  assert.equal(parseProfile('# lte\n\njitter = 5ms   # order does not matter\ndelay=35ms\n'), { value: { down: { ...plainLink, delay: 35, jitter: 5 }, up: { ...plainLink, delay: 35, jitter: 5 } } });
  assert.equal(parseProfile('delay=1ms\nrate=x\n'), { wrong: 'line 2: rate=x: expected a rate from 1kbit to 100gbit, such as 12mbit' });
  assert.equal(parseProfile('delay=1ms\njitter=2ms'), { wrong: 'a jitter of 2ms is more than the delay of 1ms' });
});

test('as a person reads it', () => {
  assert.equal([12e6, 1.5e6, 384e3, 1e9, 500].map(rateText), ['12mbit', '1.5mbit', '384kbit', '1gbit', '500bit']);
  assert.is(linkText(plainLink), 'unshaped');
  assert.is(linkText({ ...plainLink, rate: 12e6, delay: 35, jitter: 5, loss: 0.015, burst: 3, queue: 40 }), '12mbit, 35ms ±5ms, loss 1.5% in bursts of 3, queue 40');
  assert.is(profileText({ down: { ...plainLink, rate: 1e6 }, up: plainLink }), 'down 1mbit; up unshaped');
  assert.is(profileText(plainProfile), 'unshaped');
});

test.run();
