import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startGuard } from '../../../tasks/host/processes/guard.ts';

test("it starts whatever the user's ~/.bashrc prints", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const { HOME: home, SHLVL: level } = process.env;
  try {
    writeFileSync(join(dir, '.bashrc'), 'printf "from .bashrc\\0"\n');
    process.env['HOME'] = dir;
    delete process.env['SHLVL'];
    const guard = await startGuard({ privilege: { uid: 0 }, forget: [] });
    assert.ok(guard);
    assert.equal(await guard.run(['echo', 'done']), { status: 0, said: 'done' });
    await guard.keep();
  } finally {
    if (home === undefined) delete process.env['HOME'];
    else process.env['HOME'] = home;
    if (level !== undefined) process.env['SHLVL'] = level;
    rmSync(dir, { recursive: true });
  }
});

test.run();
