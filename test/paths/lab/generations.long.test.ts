/**
 * Both generations of Multipath TCP, and kernels of different ages beside each
 * other: trees that were built, named by KLOOP_TEST_TREES=path:path (as for
 * trees.long.test.ts), and the tests' own.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isOlder, lookAtTree } from '../../../tasks/kernel/source/tree.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { kloop } from '../../support/kloop.ts';
import { fetchScript, labPlace, releases } from './lab-place.ts';

const trees = (process.env['KLOOP_TEST_TREES'] ?? '').split(':').filter((path) => path !== '');
const ours = process.env['KLOOP_TEST_TREE'] ?? '';

const bytes = 3_000_000;

for (const tree of trees) {
  const test = suite(`paths ${basename(tree)}`);
  const looked = lookAtTree(tree);
  if (isFailure(looked)) throw new Error(looked.words.what);
  const outOfTree = existsSync(join(tree, 'net/mptcp/mptcp_fullmesh.c'));
  const image = join(tree, isOlder(looked.version, 5, 0) ? 'arch/x86/boot/bzImage' : 'vmlinux');
  const { dir, env } = labPlace(test);
  const blob = randomBytes(bytes);
  const hash = createHash('sha256').update(blob).digest('hex');
  writeFileSync(join(dir, 'blob'), blob);
  writeFileSync(join(dir, 'fetch.sh'), `${fetchScript(join(dir, 'blob'), 1000)}cat /sys/class/net/sym/statistics/rx_bytes /sys/class/net/sym2/statistics/rx_bytes\n`);

  /** What came over each of two paths while a file was got; and what kloop said. */
  const fetched = async (kernel: string, ...args: string[]) => {
    const { status, stdout, stderr } = await kloop(['vm', '--kernel', kernel, '--path', 'sym', '--path', 'sym', ...args, '--timeout', '100s', '--', 'bash', join(dir, 'fetch.sh')], { cwd: dir, env });
    assert.is(status, 0, stderr);
    const [got = '', first, second] = stdout.split('\n');
    assert.is(got.split(' ')[0], hash, stdout);
    return { first: Number(first), second: Number(second), stderr };
  };
  test(`interop: each of ${looked.version.text} and our own with the other`, async () => {
    const { status, stdout, stderr } = await kloop(['interop', tree, ours, '--peer-command', releases.peer, '--timeout', '100s', '--', 'bash', '-c', releases.guest], { cwd: dir, env });
    assert.is(status, 0, stderr);
    const [old, its, own, other, ...more] = [...stdout.matchAll(/^.* > .*: (\d\S+)$/gm)].map((match) => match[1]);
    assert.equal([old, its, more], [other, own, []], stdout);
    assert.is.not(old, its);
    assert.match(stderr, new RegExp(`^kloop: ${tree} +${ours} +status 0 +${outOfTree ? 'TCP' : 'MPTCP'}`, 'm'));
  });

  const both = ({ first, second }: { readonly first: number; readonly second: number }) => first > bytes / 10 && second > bytes / 10;
  const joined = (stderr: string) => Number(/1 connection, (\d+) subflows? joined/.exec(stderr)?.[1]);

  test(`two ${looked.version.text}: two subflows, both with data`, async () => {
    const seen = await fetched(image);
    assert.ok(both(seen), seen.stderr);
    assert.is(joined(seen.stderr), 1, seen.stderr);
    // Each path has one subflow: the whole connection is not counted beside its first.
    for (const path of ['sym', 'sym2']) assert.match(seen.stderr, new RegExp(`^ {2}${path} .* 1$`, 'm'));
  });

  test('backup: the path carries nothing while the other does', async () => {
    const seen = await fetched(image, '--mptcp', 'backup:sym2');
    assert.ok(seen.second < bytes / 100, seen.stderr);
    assert.is(joined(seen.stderr), 1, seen.stderr);
  });

  test('none', async () => {
    const seen = await fetched(image, '--mptcp', 'none');
    assert.ok(seen.second < bytes / 100, seen.stderr);
    assert.match(seen.stderr, 'no Multipath TCP: 1 connection of TCP');
  });

  if (outOfTree) {
    test('fullmesh: each address with each of three', async () => {
      const seen = await fetched(image, '--mptcp', 'fullmesh');
      assert.ok(both(seen), seen.stderr);
      assert.is(joined(seen.stderr), 5, seen.stderr);
    });

    test('schedulers: redundant sends on both what others send once', async () => {
      const seen = await fetched(image, '--scheduler', 'redundant');
      // What has come by the one is not begun any more on the other, which may be late on a busy host.
      assert.ok(both(seen) && seen.first + seen.second > 1.5 * bytes, seen.stderr);
      assert.ok(both(await fetched(image, '--scheduler', 'roundrobin')));
    });

    test("beside upstream's: TCP, said before the boot, and seen", async () => {
      for (const [kernel, peer] of [[image, ours], [join(ours, 'vmlinux'), tree]] as const) {
        const { stderr, second } = await fetched(kernel, '--peer-kernel', peer);
        assert.match(stderr, /^kloop: no Multipath TCP: the VM's kernel has the one .* Connections fall back to TCP$/m);
        assert.match(stderr, 'no Multipath TCP: 1 connection of TCP');
        assert.ok(second < bytes / 100, stderr);
      }
    });
  } else {
    test('beside our own: two subflows, both with data, whichever has which', async () => {
      for (const [kernel, peer] of [[image, ours], [join(ours, 'vmlinux'), tree]] as const) {
        const seen = await fetched(kernel, '--peer-kernel', peer);
        assert.ok(both(seen), seen.stderr);
        assert.is(joined(seen.stderr), 1, seen.stderr);
      }
    });
  }

  test.run();
}

if (trees.length === 0) {
  const test = suite('paths of other trees');
  console.log('# skipped: KLOOP_TEST_TREES names no trees');
  test.skip('needs KLOOP_TEST_TREES', () => undefined);
  test.run();
}
