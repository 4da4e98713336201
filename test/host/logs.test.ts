import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newLog } from '../../tasks/host/logs.ts';

test('the ten newest of a kind are kept, and those of other kinds', () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'kloop-test-')), 'logs');
  try {
    assert.match(basename(newLog(dir, 'bridge')), /^bridge-\d{8}-\d{9}-\d+\.log$/);
    const old = Array.from({ length: 12 }, (_, i) => `bridge-20200101-0000${String(i).padStart(2, '0')}-7.log`);
    const others = ['bridge-down-20200101-000000-7.log', 'bridge.log', 'kernel-20200101-000000-7.log'];
    for (const name of [...old, ...others]) writeFileSync(join(dir, name), '');
    writeFileSync(newLog(dir, 'bridge'), '');
    const left = readdirSync(dir);
    assert.is(left.length, 10 + others.length);
    for (const name of [...old.slice(3), ...others]) assert.ok(left.includes(name), name);
  } finally {
    rmSync(join(dir, '..'), { recursive: true });
  }
});

test.run();
