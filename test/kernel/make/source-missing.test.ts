/** A tree that lacks a source: named, and why it may. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureOf } from '../../../tasks/kernel/make/run.ts';
import { formatFailure } from '../../../tasks/report/failure.ts';
import { write } from '../../support/little-kernel.ts';

const test = suite<{ dir: string }>('source missing');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** As make 4.3 wrote it of a 4.14 that was put into git on macOS. */
const lines = [
  "make[2]: *** No rule to make target 'net/netfilter/xt_TCPMSS.o', needed by 'net/netfilter/built-in.o'.  Stop.",
  'make[2]: *** Waiting for unfinished jobs....',
  'make[1]: *** [scripts/Makefile.build:587: net/netfilter] Error 2',
  'make: *** [Makefile:1035: net] Error 2',
];
const words = (dir: string) => formatFailure(failureOf(lines, 2, { tree: { source: dir, build: dir }, log: 'log', jobs: 2 }));

test('it is named, with the command that may bring it back', ({ dir }) => {
  const said = words(dir);
  assert.match(said, 'the tree has no net/netfilter/xt_TCPMSS.c, which one of its makefiles asks for');
  assert.match(said, `git -C ${dir} checkout -- net/netfilter/xt_TCPMSS.c`);
  assert.not.match(said, 'upper and lower case');
});

test('a file whose name differs in upper and lower case alone: where the tree has been', ({ dir }) => {
  write(join(dir, 'net/netfilter/xt_tcpmss.c'), '');
  assert.match(words(dir), 'It has net/netfilter/xt_tcpmss.c: it was probably copied from a file system that takes upper and lower case for the same.');
});

test.run();
