import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate, parseExpression, shownExpression, unmet } from '../../../tasks/kernel/config/expression.ts';
import { parseDotConfig } from '../../../tasks/kernel/config/text.ts';

test('expressions', () => {
  const values = parseDotConfig('CONFIG_A=y\nCONFIG_M=m\nCONFIG_N=12\n');
  const is = (text: string) => evaluate(parseExpression(text), values);
  assert.is(is('A && M'), 1);
  assert.is(is('!M'), 1);
  assert.is(is('B || (A && !B)'), 2);
  assert.is(is('A = y && B != y'), 2);
  assert.is(is('N >= 9'), 2);
  assert.is(is('$(cc-option,-f(x)) && B'), 0);
  assert.is(is('$(cc-option,-f(x)) && A'), undefined);
  assert.is(is('A &&'), undefined);
  assert.is(shownExpression(parseExpression('A&&(B||!C=n)')), 'A && (B || !C="n")'.replace('"n"', 'n'));
});

test('what is not met', () => {
  const values = parseDotConfig('CONFIG_A=y\nCONFIG_M=m\n');
  assert.equal(unmet(parseExpression('A && B && !A && M'), values), ['B, which is off', 'A off, which is y', 'M, which is m']);
  assert.equal(unmet(parseExpression('A && M'), values, 1), []);
});

test.run();
