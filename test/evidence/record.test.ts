import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readRecord, recordOf } from '../../tasks/evidence/record.ts';
import { facts, incident } from './fixture.ts';

test('what is written is read, and holds no secret', () => {
  const record = recordOf(incident, facts);
  const text = JSON.stringify(record);
  assert.equal(readRecord(text), record);
  assert.not.match(text, 'secret');
  assert.equal([record.title, record.status, record.commit, record.kernel.buildId], ['WARNING in f', 0, 'c0ffee', '0123abcd']);
  assert.equal(record.files.map(({ name }) => name), ['console.log']);
  assert.equal(record.absent.map(({ name }) => name), ['System.map.gz']);
});

test('what was cut off, or is another thing, is not evidence', () => {
  for (const text of ['', '{"title":"x"', '{}', 'null', '[]', '{"title":1,"atMs":2,"by":"vm"}']) assert.is(readRecord(text), undefined, text);
});

test.run();
