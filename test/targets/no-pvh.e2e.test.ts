/** A kernel that QEMU cannot start by its vmlinux: its bzImage is built and booted, by vm and by watch, and make agrees. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EditedTree } from '../support/edits.ts';
import { kloop } from '../support/kloop.ts';
import { MarkedSource, WatchRun, workshop } from '../support/watch-run.ts';

const shop = workshop('no-pvh');
const test = suite('no PVH entry');

if (shop === undefined) {
  console.log('# no shared kernel: run it by `npm test -- targets/no-pvh`');
  test.skip('needs the shared kernel', () => undefined);
} else {
  const { tree } = shop;
  const edited = new EditedTree(tree);
  const bzImage = join(tree, 'arch/x86/boot/bzImage');

  test.before(() => {
    const before = edited.read('.config');
    assert.match(before, /^CONFIG_PVH=y$/m);
    edited.write('.config', before.replace('CONFIG_PVH=y', '# CONFIG_PVH is not set'));
  });
  test.after(async () => {
    edited.undoAll();
    assert.is((await kloop(['kernel', '--no-image'])).status, 0);
  });

  test('planned, said before it is built, booted', async () => {
    const plan = JSON.parse((await kloop(['plan', '--json'])).stdout) as { target: string }[];
    assert.ok(plan.some(({ target }) => target === 'image'));
    const ended = await kloop(['vm', '--', 'sh', '-c', 'dmesg | grep -c "Booting paravirtualized"; uname -r']);
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, readFileSync(join(tree, 'include/config/kernel.release'), 'utf8'));
    assert.match(ended.stderr, /image: done in/);
    assert.not((await kloop(['plan'])).stdout.includes('bzImage:'), 'and it is up to date');
  });

  test('an edit is built without make, the boot image too; make finds nothing to compile', async () => {
    edited.append('net/mptcp/pm.c', '\nstatic const char kloop_no_pvh[] __attribute__((used)) = "kloop no pvh";\n');
    const { mtimeMs } = statSync(bzImage);
    const ended = await kloop(['vm', '--', 'true']);
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /kernel: done in .* \(quick: 1 compiled/);
    assert.match(ended.stderr, /image: done in .* \(quick: the boot image alone/);
    assert.ok(statSync(bzImage).mtimeMs > mtimeMs);
    const image = readFileSync(bzImage);
    const made = execFileSync('make', ['-j2', 'bzImage'], { cwd: tree, encoding: 'utf8', env: { ...process.env, PATH: `/usr/lib/ccache:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' } });
    assert.equal(made.split('\n').filter((line) => /^ {2}(?:CC|AS|LD|AR|OBJCOPY|GZIP|BUILD) /.test(line)), []);
    assert.ok(readFileSync(bzImage).equals(image));
  });

  test('an edit of the boot image itself', async () => {
    edited.append('arch/x86/boot/version.c', '\n/* kloop */\n');
    const ended = await kloop(['vm', '--', 'true']);
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /image: bzImage: input newer: .*arch\/x86\/boot\/version\.c/);
    assert.match(ended.stderr, /quick: the boot image alone/);
    assert.not(/kernel: done/.test(ended.stderr), ended.stderr);
  });

  test('watch boots it after a save, and after one of the boot image', async () => {
    const source = new MarkedSource(tree);
    const script = join(shop.dir, 'mark.sh');
    writeFileSync(script, "#!/bin/sh\ndmesg | grep -o 'kloop mark .*'\n", { mode: 0o755 });
    source.mark('bzImage one');
    const run = new WatchRun(shop, ['--', script]);
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      assert.match(run.stderr, 'kloop mark bzImage one', run.stderr);
      source.mark('bzImage two');
      assert.is((await run.next()).verdict, 'passed', run.stderr);
      assert.match(run.stderr, 'kloop mark bzImage two', run.stderr);
      edited.append('arch/x86/boot/version.c', '/* again */\n');
      const image = await run.next();
      assert.is(image.verdict, 'passed', run.stderr);
      assert.equal(image.changed, [join(tree, 'arch/x86/boot/version.c')]);
    } finally {
      await run.stop('SIGTERM');
      source.restore();
    }
  });
}

test.run();
