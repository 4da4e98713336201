import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { choose, type ChoiceFacts } from '../../../tasks/kernel/build/choose.ts';
import type { BuildIndex } from '../../../tasks/kernel/inputs/index-model.ts';

const index: BuildIndex = { tree: { source: '/t', build: '/t' }, files: [], entries: [] };
const edited = { kind: 'edited', path: '/t/net/a.c', before: { mtimeMs: 1, size: 1 }, now: { mtimeMs: 2, size: 1 } } as const;
const never = () => { throw new Error('read without need'); };
const why = (facts: Partial<ChoiceFacts>) => {
  const decision = choose({
    fast: true, scope: 'vmlinux', finished: true, attempt: undefined, recipe: 'r', pastRecipe: 'r', changes: [edited],
    index: () => index, exported: () => false, quick: () => undefined, short: (path) => path.slice(3), ...facts,
  });
  return decision.kind === 'make' ? decision.why : decision.kind;
};

test('why no quick build is thought of; then nothing more is read', () => {
  const nothing = { index: never, exported: never, quick: never };
  assert.is(why({ ...nothing, changes: [] }), 'nothing has changed');
  assert.is(why({ ...nothing, fast: false }), 'KERNEL_FAST=off');
  assert.is(why({ ...nothing, finished: false }), 'the first build');
  assert.is(why({ ...nothing, attempt: { by: 'make', ended: false, recipe: 'r' } }), 'the last build was interrupted');
  assert.is(why({ ...nothing, attempt: { by: 'quick', ended: true, recipe: 'other' } }), 'the last build had a different recipe');
  assert.is(why({ ...nothing, pastRecipe: 'other' }), 'its recipe changed');
  assert.is(why({ index: () => undefined, quick: never }), 'there is no index yet');
});

test('after a quick build that was killed, or one that failed, the edits decide', () => {
  for (const attempt of [{ by: 'quick', ended: false, recipe: 'r' }, { by: 'make', ended: true, recipe: 'r' }] as const) {
    assert.is(why({ attempt }), 'the variables that the top makefile exports are not known yet');
  }
});

test('what is gone of the outputs counts only where a build had finished since', () => {
  const gone = { kind: 'output', path: '/t/vmlinux', missing: true } as const;
  assert.is(why({ changes: [gone, edited] }), 'vmlinux is missing');
  assert.is(why({ changes: [gone, edited], attempt: { by: 'make', ended: true, recipe: 'r' } }), 'the variables that the top makefile exports are not known yet');
});

test('the boot image: by its own makefile, whatever was edited in there', () => {
  const image = { scope: 'image', index: never, quick: never } as const;
  assert.is(why({ ...image, exported: () => true }), 'image');
  assert.is(why({ ...image, exported: () => true, changes: [edited, { kind: 'added', path: '/t/arch/x86/boot/a.c' }] }), 'image');
  assert.is(why({ ...image }), 'the variables that the top makefile exports are not known yet');
  assert.is(why({ ...image, exported: () => true, finished: false }), 'the first build');
  assert.is(why({ ...image, exported: () => true, pastRecipe: 'other' }), 'its recipe changed');
  assert.is(why({ ...image, exported: () => true, changes: [edited, { kind: 'product', path: '/t/include/generated/compile.h', missing: false }] }), 'image');
  const spoilt = { kind: 'product', path: '/t/arch/x86/boot/setup.bin', missing: false } as const;
  assert.is(why({ ...image, exported: () => true, changes: [edited, spoilt] }), 'arch/x86/boot/setup.bin was changed by something other than kloop');
});

test.run();
