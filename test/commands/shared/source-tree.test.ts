import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Context } from '../../../tasks/commands/shared/context.ts';
import { sourceTree } from '../../../tasks/commands/shared/source-tree.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
test.after(() => { rmSync(dir, { recursive: true }); });

/** What is brought up for a tree at a path. */
async function asked(path: string, options: Readonly<Record<string, unknown>>): Promise<unknown[]> {
  const calls: unknown[] = [];
  const context = {
    settings: { tree: { kind: 'own', path } },
    bringUp: (...args: unknown[]) => {
      calls.push(args);
      return Promise.resolve({ made: [], notes: new Map() });
    },
  } as unknown as Pick<Context, 'settings' | 'bringUp'>;
  assert.is(await sourceTree({ options }, context, 'check'), path);
  return calls;
}

test('a tree that is there is looked into as it is', async () => {
  assert.equal(await asked(dir, { install: true }), []);
});

test('on a fresh machine --install holds for what the source needs, too', async () => {
  assert.equal(await asked(join(dir, 'none'), { install: true }), [[['source'], { install: true, retry: 'npm run check -- --install' }]]);
  assert.equal(await asked(join(dir, 'none'), {}), [[['source'], { install: false, retry: 'npm run check -- --install' }]]);
});

test.run();
