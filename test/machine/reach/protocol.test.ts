import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Frame } from '../../../tasks/machine/guest/protocol.ts';
import { decodeQuestion, encodeJson, LinkFrame, type Question } from '../../../tasks/machine/reach/protocol.ts';

test('a question is read as it was asked; anything else is none', () => {
  const questions: Question[] = [{ ask: 'stop', by: 'kloop stop' }, { ask: 'qmp', command: { execute: 'stop' } }, { ask: 'events' }, { ask: 'gdb', socket: '/run/x' }, { ask: 'sysrq', key: 'l', pipe: '/run/x' }];
  for (const question of questions) assert.equal(decodeQuestion(encodeJson(question)), question);
  for (const wrong of ['', 'null', '{}', '{"ask":"other"}', '{"ask":"qmp","command":null}', '{"ask":"gdb"}', '{"ask":"stop"}']) assert.is(decodeQuestion(Buffer.from(wrong)), undefined, wrong);
});

test("its frames are none of the guest's", () => {
  const guests: readonly number[] = Object.values(Frame);
  assert.equal(Object.values(LinkFrame).filter((type) => guests.includes(type)), []);
});

test.run();
