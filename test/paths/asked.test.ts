/** What `--path` asks for. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { askedPaths, splitWord } from '../../tasks/paths/asked.ts';
import { plainLink, plainProfile } from '../../tasks/paths/link.ts';
import { pathFailure } from '../../tasks/paths/reasons.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';

const find = (name: string) => (name === 'wifi' || name === 'lte' ? plainProfile : pathFailure({ reason: 'unknown-profile', name, known: ['lte', 'wifi'] }));
const asked = (...words: string[]) => askedPaths(words, find);

test('a profile, and what differs from it', () => {
  assert.equal(splitWord('lte'), { profile: 'lte', changes: [] });
  assert.equal(splitWord('lte:delay=80ms,loss=1%'), { profile: 'lte', changes: ['delay=80ms', 'loss=1%'] });
  const link = { ...plainLink, delay: 80 };
  assert.equal(asked('wifi', 'lte:delay=80ms'), [{ name: 'wifi', profile: plainProfile }, { name: 'lte', profile: { down: link, up: link } }]);
});

test('paths of one kind have names of their own', () => {
  const paths = asked('wifi', 'wifi', 'lte', 'wifi');
  assert.equal(isFailure(paths) ? [] : paths.map(({ name }) => name), ['wifi', 'wifi2', 'lte', 'wifi3']);
});

test('bad input', () => {
  const words = (result: ReturnType<typeof asked>) => (isFailure(result) ? formatFailure(result) : 'no failure');
  assert.match(words(asked('wfi')), "there is no path profile 'wfi'");
  assert.match(words(asked('wfi')), '--path wifi');
  assert.match(words(asked('lte:delay=x')), '--path lte:delay=x: delay=x: expected a time');
  for (const name of ['lo', 'br0', 'up1', 'eth0']) assert.match(words(asked(name)), `a path cannot be called ${name}: another network device is`);
  assert.match(words(asked('lte:rate=0mbit')), 'expected a rate from 1kbit to 100gbit');
  assert.match(words(asked('lte:jitter=50ms')), 'a jitter of 50ms is more than the delay');
  assert.match(words(asked(...Array.from({ length: 9 }, () => 'wifi'))), 'at most 8 paths, not 9');
});

test.run();
