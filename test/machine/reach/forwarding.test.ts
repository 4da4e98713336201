import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endpointWords, forwardingsOf, parseForwarding, targetOf } from '../../../tasks/machine/reach/forwarding.ts';

const test = suite('forwarding');
const parsed = (text: string) => {
  const result = parseForwarding(text);
  return 'wrong' in result ? result.wrong.split(/[,;]/)[0] : [result.value.from, result.value.to];
};
const guest = (port: number) => ({ host: 'localhost', port });

test('two ports: the host\'s loopback, and whichever of its addresses the guest has a server at', () => {
  assert.equal(parsed('8080:80'), [{ host: '127.0.0.1', port: 8080 }, guest(80)]);
  assert.equal(parsed('0:80'), [{ host: '127.0.0.1', port: 0 }, guest(80)]);
});

test('as docker has it and as ssh has it: told apart by what is a number', () => {
  assert.equal(parsed('192.0.2.1:8080:80'), [{ host: '192.0.2.1', port: 8080 }, guest(80)]);
  assert.equal(parsed('8080:198.18.1.1:80'), [{ host: '127.0.0.1', port: 8080 }, { host: '198.18.1.1', port: 80 }]);
  assert.equal(parsed('[::1]:8080:[2001:db8::1]:80'), [{ host: '::1', port: 8080 }, { host: '2001:db8::1', port: 80 }]);
  assert.equal(parsed('*:8080:localhost:80'), [{ host: '', port: 8080 }, guest(80)]);
  assert.equal(parsed(':8080:80'), [{ host: '', port: 8080 }, guest(80)]);
});

test('unix sockets at either end', () => {
  assert.equal(parsed('/tmp/a:/run/b'), [{ path: '/tmp/a' }, { path: '/run/b' }]);
  assert.equal(parsed('/tmp/a:80'), [{ path: '/tmp/a' }, guest(80)]);
  assert.equal(parsed('/tmp/a:127.0.0.1:80'), [{ path: '/tmp/a' }, { host: '127.0.0.1', port: 80 }]);
  assert.equal(parsed('5432:/run/b'), [{ host: '127.0.0.1', port: 5432 }, { path: '/run/b' }]);
  assert.equal(parsed('192.0.2.1:5432:/run/b'), [{ host: '192.0.2.1', port: 5432 }, { path: '/run/b' }]);
});

test('what is none of these is refused', () => {
  for (const text of ['', '80', '8080:', ':80', '8080:0', '8080:65536', '8080:80:90', 'a:b:c:d:e', 'tmp/a:80', '1:2:3:4']) assert.type(parsed(text), 'string', text);
  assert.is(parsed('8080:example.org:80'), "'example.org' is no address");
});

test('a VM\'s name is before them', () => {
  const asked = (...words: string[]) => {
    const result = forwardingsOf(words);
    return 'wrong' in result ? result.wrong : [result.value.vm, result.value.all.length];
  };
  assert.equal(asked('8080:80'), [undefined, 1]);
  assert.equal(asked('vm', '8080:80', '/a:/b'), ['vm', 2]);
  assert.is(asked('vm'), 'forward needs what leads where');
  assert.is(asked(), 'forward needs what leads where');
  assert.match(asked('8080:80', 'vm') as string, /^vm: expected/);
});

test('one end, for standard streams', () => {
  const target = (...words: string[]) => {
    const result = targetOf(words);
    return 'wrong' in result ? result.wrong : [result.value.vm, endpointWords(result.value.to)];
  };
  assert.equal(target('22'), [undefined, 'port 22']);
  assert.equal(target('vm', '[::1]:22'), ['vm', '[::1]:22']);
  assert.equal(target('vm', '/run/a'), ['vm', '/run/a']);
  for (const words of [[], ['vm', '22', '23'], ['vm'], ['0']]) assert.type(target(...words), 'string');
});

test.run();
