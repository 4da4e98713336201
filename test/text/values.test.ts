import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { homeRelative, parseDuration, parseSize, shellQuote, shellWords } from '../../tasks/text/values.ts';

const value = <T>(parsed: { value: T } | { wrong: string }) => ('value' in parsed ? parsed.value : parsed.wrong);

test('sizes are bytes; a bare number is MiB, as for qemu -m', () => {
  assert.is(value(parseSize('512M')), 2 ** 29);
  assert.is(value(parseSize('2g')), 2 ** 31);
  assert.is(value(parseSize('1.5G')), 1.5 * 2 ** 30);
  assert.is(value(parseSize('128')), 2 ** 27);
  for (const text of ['', '0', '12parsecs', '-1M', 'M', '1e3', '99999999T']) assert.type(value(parseSize(text)), 'string', text);
});

test('durations are ms; a bare number is seconds, as for timeout(1)', () => {
  assert.is(value(parseDuration('250ms')), 250);
  assert.is(value(parseDuration('1.5s')), 1500);
  assert.is(value(parseDuration('2m')), 120_000);
  assert.is(value(parseDuration('7')), 7000);
  for (const text of ['', 'soon', '-1', '30d', '600h0', '700h']) assert.type(value(parseDuration(text)), 'string', text);
});

test('~ alone and ~/ are the home directory; ~name is a plain name', () => {
  assert.is(homeRelative('~', '/p', '/h'), '/h');
  assert.is(homeRelative('~/a', '/p', '/h'), '/h/a');
  assert.is(homeRelative('~a', '/p', '/h'), '/p/~a');
});

test('words are split as a shell splits them', () => {
  for (const line of ['a  b', `'a b' c`, `"a \\"b\\" \\\\ c"`, `a\\ b`, `''`, `x'y z'"w"`, `"it's"`]) {
    const shell = execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' }).slice(0, -1).split('\n');
    assert.equal(value(shellWords(line)), shell, line);
  }
  for (const line of [`'a`, `"a`, `a\\`]) assert.type(value(shellWords(line)), 'string', line);
});

test('what is quoted comes back through a shell', () => {
  for (const word of ['plain', 'a b', `it's`, '', '$HOME', '`x`', 'ä"\\n', '-x=1']) {
    assert.is(execFileSync('sh', ['-c', `printf %s ${shellQuote(word)}`], { encoding: 'utf8' }), word);
  }
});

test.run();
