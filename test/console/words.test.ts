import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Splat } from '../../tasks/console/splat.ts';
import { splatWords, titlesInShort } from '../../tasks/console/words.ts';

const splat = (title: string, lines = [title]): Splat => ({ kind: 'warning', title, lines, frames: [] });

test('the reports, then a line for each; the same one once, counted', () => {
  assert.is(splatWords([splat('WARNING in f'), splat('BUG: x'), splat('WARNING in f')], new Map(), '/log'),
    'WARNING in f\nBUG: x\nkloop: WARNING in f, 2 times\nkloop: BUG: x\n  Full log: /log\n');
  assert.is(splatWords([], new Map(), '/log'), '');
});

test('many, and long ones, are bounded', () => {
  const many = splatWords(Array.from({ length: 1000 }, (_, i) => splat(`W${i}`, Array.from({ length: 1000 }, () => 'line'))), new Map());
  assert.is(many.split('\n').filter((line) => line === 'line').length, 750);
  assert.match(many, '… 850 lines more');
});

test('in short', () => {
  assert.is(titlesInShort([splat('a'), splat('a')]), 'a');
  assert.is(titlesInShort([splat('a'), splat('b'), splat('c')]), 'a and 2 more');
});

test.run();
