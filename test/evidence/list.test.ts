import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asJson, chosen, listLines, sizeWords } from '../../tasks/evidence/list.ts';
import { recordOf } from '../../tasks/evidence/record.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';
import { facts, incident } from './fixture.ts';

const one = (name: string, by: 'vm' | 'watch', bytes: number) => ({ name, dir: `/e/${name}`, bytes, record: recordOf({ ...incident, by }, facts) });
const all = [one('20261126-152009', 'vm', 900), one('the-race', 'watch', 3 << 20)];

test('a line each, the newest first', () => {
  assert.equal(listLines(all), ['the-race         watch  3.0 MiB  WARNING in f', '20261126-152009  vm       1 KiB  WARNING in f']);
  assert.equal(listLines([]), []);
});

test('for a program', () => {
  const read = JSON.parse(asJson(all)) as { name: string; dir: string; title: string }[];
  assert.equal(read.map(({ name, dir, title }) => [name, dir, title]), [['the-race', '/e/the-race', 'WARNING in f'], ['20261126-152009', '/e/20261126-152009', 'WARNING in f']]);
});

test('the newest, one by its name, none', () => {
  const nameOf = (name?: string) => {
    const found = chosen(all, name);
    return isFailure(found) ? formatFailure(found) : found.name;
  };
  assert.equal([nameOf(), nameOf('last'), nameOf('20261126-152009')], ['the-race', 'the-race', '20261126-152009']);
  assert.is(nameOf('the-rice'), "kloop: there is no evidence 'the-rice'. Did you mean the-race?\n  Next: npm run evidence\n");
  const none = chosen([], 'last');
  assert.is(isFailure(none) ? formatFailure(none) : '', 'kloop: there is no evidence yet: nothing has gone wrong\n');
});

test('sizes', () => assert.equal([sizeWords(0), sizeWords(1), sizeWords(1 << 20)], ['0 KiB', '1 KiB', '1.0 MiB']));

test.run();
