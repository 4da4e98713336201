import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namesFrom, parseFacts } from '../../tasks/vms/entry.ts';
import { sampleVm } from './sample.ts';

test('facts are read as they were written; what is cut off, or something else, is none', () => {
  const text = JSON.stringify(sampleVm);
  assert.equal(parseFacts(text), sampleVm);
  for (const wrong of ['', text.slice(0, -1), '{}', 'null', '[]', '{"pid":"1"}']) assert.is(parseFacts(wrong), undefined, wrong);
});

test('a name that is taken gets a number', () => {
  const names = namesFrom('vm');
  assert.equal([names.next().value, names.next().value, names.next().value], ['vm', 'vm-2', 'vm-3']);
});

test.run();
