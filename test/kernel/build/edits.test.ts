/** What the tests' own edits to a tree leave, where one is killed in their midst. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EditedTree } from '../../support/edits.ts';
import { write } from '../../support/little-kernel.ts';

test('the next one puts it back, in that tree alone', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-edits-'));
  try {
    const [older, newer] = [join(dir, 'linux-6.1'), join(dir, 'linux-6.12')] as const;
    write(join(older, 'a.c'), 'of 6.1');
    write(join(newer, 'a.c'), 'of 6.12');
    const killed = new EditedTree(older);
    killed.write('a.c', 'edited');
    killed.create('new.h', 'made');
    killed.append('new.h', ', and edited');
    // As if killed here.
    new EditedTree(newer);
    assert.is(readFileSync(join(newer, 'a.c'), 'utf8'), 'of 6.12');
    new EditedTree(older);
    assert.is(readFileSync(join(older, 'a.c'), 'utf8'), 'of 6.1');
    assert.not(existsSync(join(older, 'new.h')));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
