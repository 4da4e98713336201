/** A script of changes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseScript } from '../../tasks/paths/script.ts';

const names = ['wifi', 'lte'];
const steps = (text: string) => {
  const parsed = parseScript(text, names);
  return 'wrong' in parsed ? parsed.wrong : parsed.value.map(({ atMs, text: line }) => [atMs, line]);
};

test('by their times; those of one time as they are written', () => {
  assert.equal(steps('at 3s cut wifi; at 8s fix wifi'), [[3000, 'at 3s cut wifi'], [8000, 'at 8s fix wifi']]);
  assert.equal(steps('# handover\nat 2s cut wifi\nat 500ms set lte delay=80ms loss=1%  # slower\n\nat 2s fix lte\n'),
    [[500, 'at 500ms set lte delay=80ms loss=1%'], [2000, 'at 2s cut wifi'], [2000, 'at 2s fix lte']]);
});

test('a bad line is named by its number', () => {
  assert.is(steps('at 1s cut wifi\n\ncut lte\n'), "line 3: 'cut lte': expected at TIME CHANGE, such as at 3s cut wifi");
  assert.is(steps('at soon cut wifi'), "line 1: 'soon': expected a duration such as 500ms, 30s or 5m");
  assert.match(String(steps('at 1s cut wfi')), 'line 1: no path is called');
  assert.match(String(steps('at 1s set lte delay=slow')), 'line 1: delay=slow: expected a time');
  assert.match(String(steps('at 1s set lte dely=1s')), 'Did you mean delay?');
  assert.is(steps('# nothing\n'), 'there is nothing in it');
  // Whether it contradicts anything shows when its turn has come.
  assert.equal(steps('at 1s set lte jitter=5ms'), [[1000, 'at 1s set lte jitter=5ms']]);
});

test.run();
