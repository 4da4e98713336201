/** The fragments that KERNEL_FRAGMENTS names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFragment } from '../../tasks/kernel/config/text.ts';

const dir = join(import.meta.dirname, '../../config/fragments');
const fragment = (name: string) => parseFragment(readFileSync(join(dir, name), 'utf8'), name);

test('each is one that Kconfig takes', () => {
  for (const name of readdirSync(dir)) assert.equal(fragment(name).wrong, []);
});

test('kunit: `quiet` does not keep its TAP, which comes at level 6, from the console', () => {
  const level = fragment('kunit.config').requested.find(({ option }) => option === 'CONSOLE_LOGLEVEL_QUIET')?.value;
  assert.ok(Number(level) > 6);
});

test.run();
