/** Where consoles are kept, as VMs that start at once make it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newConsoleLog, newestConsole } from '../../../tasks/machine/run/console-log.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { root } from '../../support/kloop.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
test.after(() => rmSync(dir, { recursive: true }));

test('the newest one has a name of its own, and only its user reads it', () => {
  const link = newestConsole(dir, 'vm');
  const log = newConsoleLog(link);
  if (isFailure(log)) throw new Error(log.words.what);
  assert.is(join(dirname(link), readlinkSync(link)), log);
  assert.is(statSync(log).mode & 0o777, 0o600);
});

test('several VMs of one name may start at the same time', async () => {
  const script = `
    import { newConsoleLog } from ${JSON.stringify(join(root, 'tasks/machine/run/console-log.ts'))};
    for (let i = 0; i < 300; i++) {
      const log = newConsoleLog(${JSON.stringify(newestConsole(dir, 'both'))});
      if (typeof log !== 'string') throw new Error(log.words.what);
    }`;
  const run = () => promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: root });
  await Promise.all([run(), run(), run()]);
  assert.equal(readdirSync(dirname(newestConsole(dir, 'both'))).filter((name) => name.endsWith('.link')), []);
});

test.run();
