/** python-patch/probe.py, on the real Python: with the random of today, and with one that behaves as 3.6.0's did. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseProbe, pythonPath } from '../../../tasks/targets/python/probe.ts';
import { testIf } from '../../support/skip-unless.ts';

const python = pythonPath();
const probe = (env: NodeJS.ProcessEnv) => parseProbe(spawnSync(python ?? '', [join(import.meta.dirname, '../../../python-patch/probe.py')], { encoding: 'utf8', env: { ...process.env, ...env } }).stdout, '')?.behaviour;

if (python === undefined) console.log('# probe.py: skipped, for lack of Python');
const withPython = testIf(python !== undefined, test);
withPython('the bug is known by its behaviour, not by the version', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-random-'));
  try {
    assert.is(probe({}), 'sound');
    // As 3.6.0: where entropy cannot be read, an exception is left standing.
    writeFileSync(join(dir, 'random.py'), "import os\ndef seed():\n    try: os.urandom(8)\n    except OSError: raise SystemError('returned a result with an error set')\n");
    assert.is(probe({ PYTHONPATH: dir }), 'broken');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
