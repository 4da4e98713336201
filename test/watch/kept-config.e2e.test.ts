/** The loop, and a tree whose .config is the user's own. */
import { copyFileSync, appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/kloop.ts';
import { WatchRun, workshop } from '../support/watch-run.ts';

const shop = workshop('kept-config');
if (shop === undefined) test.skip('needs the shared kernel: npm test -- watch/kept-config', () => undefined);
else {
  const dotConfig = join(shop.tree, '.config');
  const fragment = join(shop.dir, 'kernel.config');
  const before = readFileSync(dotConfig, 'utf8');
  test.after(() => {
    writeFileSync(dotConfig, before);
    rmSync(fragment, { force: true });
  });

  test('an edit that a kept .config does not take: said there and then, with the command that applies it', async () => {
    copyFileSync(join(root, 'kernel.config'), fragment);
    // Of no object: the options by which modpost judges.
    writeFileSync(dotConfig, before.replace('# CONFIG_SECTION_MISMATCH_WARN_ONLY is not set', 'CONFIG_SECTION_MISMATCH_WARN_ONLY=y'));
    assert.is.not(readFileSync(dotConfig, 'utf8'), before);
    const run = new WatchRun(shop, ['--', 'true'], { KERNEL_CONFIG: fragment });
    let from = 0;
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      await run.says(/watching \d+ files/);
      from = run.stderr.length;
      appendFileSync(fragment, 'CONFIG_DUMMY=y\n');
      await run.says(/kernel\.config changed, but \.config was edited by hand and is kept .* npm run config -- --reset/, from);
      // What comes after it is the answer to the next edit: nothing else was said of the first.
      appendFileSync(fragment, '# another\n');
      await run.says(/is kept [^\n]*\n[^]*is kept /, from);
    } finally {
      await run.stop();
    }
    assert.not.match(run.stderr.slice(from), 'nothing to do');
    assert.is(run.runs.length, 1);
  });
}

test.run();
