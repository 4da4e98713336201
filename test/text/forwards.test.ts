import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseForward } from '../../tasks/text/forwards.ts';

const forward = (text: string) => {
  const parsed = parseForward(text);
  return 'wrong' in parsed ? 'wrong' : Object.values(parsed.value).join(' ');
};

test("ports of the loopback, of another address, of UDP", () => {
  assert.is(forward('8080:80'), 'tcp 127.0.0.1 8080 80');
  assert.is(forward('0.0.0.0:8080:80'), 'tcp 0.0.0.0 8080 80');
  assert.is(forward('udp:5353:53'), 'udp 127.0.0.1 5353 53');
  assert.is(forward('tcp:10.1.2.3:2222:22'), 'tcp 10.1.2.3 2222 22');
});

test('what is none is refused, with what was expected', () => {
  for (const text of ['', '80', '0:80', '80:65536', 'a:b', 'sctp:1:2', '300.0.0.1:1:2', '1.2.3:1:2', '8080:80,9090:90', 'localhost:1:2']) assert.is(forward(text), 'wrong', text);
  const parsed = parseForward('80');
  assert.match('wrong' in parsed ? parsed.wrong : '', 'HOSTPORT:GUESTPORT');
});

test.run();
