import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { objectsOfTheFuture } from '../../../tasks/kernel/build/future.ts';
import { write } from '../../support/little-kernel.ts';

const test = suite<{ dir: string }>('objects of the future');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test('those whose source or header is dated later than now', ({ dir }) => {
  const later = new Date(Date.now() + 3_600_000);
  for (const name of ['a', 'b', 'c']) {
    write(join(dir, `net/${name}.c`), '');
    write(join(dir, `net/.${name}.o.cmd`), `cmd_net/${name}.o := gcc -c -o net/${name}.o net/${name}.c\n\nsource_net/${name}.o := net/${name}.c\n\ndeps_net/${name}.o := \\\n  ${name === 'c' ? 'include/late.h' : 'include/now.h'} \\\n\nnet/${name}.o: $(deps_net/${name}.o)\n\n$(deps_net/${name}.o):\n`);
  }
  for (const header of ['now.h', 'late.h']) write(join(dir, 'include', header), '');
  for (const file of ['net/a.c', 'include/late.h']) utimesSync(join(dir, file), later, later);
  const objects = ['a', 'b', 'c', 'none'].map((name) => join(dir, `net/${name}.o`));
  assert.equal(objectsOfTheFuture(objects, dir, Date.now()), [objects[0], objects[2]]);
  assert.equal(objectsOfTheFuture(objects, dir, later.getTime()), []);
});

test.run();
