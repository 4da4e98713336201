import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SwapStatus } from '../../tasks/watch/swap.ts';
import { root } from '../support/kloop.ts';

test("the guest's program and the host give the statuses of an exchange the same numbers", () => {
  const program = readFileSync(join(root, 'tasks/guest/swap.c'), 'utf8');
  const declared = [...program.matchAll(/^\tSWAP_(\w+) = (\d+),/gm)].map(([, name, number]) => [name?.toLowerCase(), Number(number)]);
  assert.equal(declared, Object.entries(SwapStatus));
});

test.run();
