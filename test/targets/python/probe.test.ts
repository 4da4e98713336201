import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseProbe, patchVerdict, type PythonFound } from '../../../tasks/targets/python/probe.ts';

const verdict = (version: string, behaviour: PythonFound['behaviour']) => patchVerdict({ path: '/usr/bin/python3', version, behaviour });

test('any Python of today needs no patch', () => {
  assert.equal(verdict('3.11.2', 'sound'), { needed: false, words: 'not needed: Python 3.11.2 has the fix' });
  assert.equal(verdict('3.13.1', 'unknown'), { needed: false, words: 'not needed: Python 3.13.1 has the fix' });
  assert.match(verdict('3.5.3', 'sound').words, 'never had the bug');
});

test('3.6.0 needs it, unless it behaves', () => {
  assert.ok(verdict('3.6.0', 'broken').needed);
  assert.ok(verdict('3.6.0', 'unknown').needed);
  assert.equal(verdict('3.6.0', 'sound'), { needed: false, words: 'Python 3.6.0 is patched' });
});

test('behaviour counts more than a version', () => {
  assert.ok(verdict('3.6.1', 'broken').needed);
});

test("the probe's line is read, and nothing else", () => {
  assert.equal(parseProbe('a warning\n3.6.0 broken\n', '/p'), { path: '/p', version: '3.6.0', behaviour: 'broken' });
  assert.is(parseProbe('3.6.0\n', '/p'), undefined);
});

test.run();
