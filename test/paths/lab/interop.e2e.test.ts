/** Kernels with each other, as client and as server; and what cannot be meant. (generations.long.test.ts has kernels that differ.) */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);
test.before(() => {
  for (const name of ['one', 'other']) {
    mkdirSync(join(dir, name));
    copyFileSync(kernel, join(dir, name, 'vmlinux'));
  }
});

const interop = (...args: string[]) => kloop(['interop', ...args], { cwd: dir, env });

test('a pair each way: a directory that a kernel was built in, an image', async () => {
  const { status, stdout, stderr } = await interop('./one', 'other/vmlinux', '--json', '--', 'bash', '-c', 'exec 3<>/dev/tcp/peer/7; echo back >&3; read -r line <&3; echo "came $line"');
  assert.is(status, 0, stderr);
  const ended = stdout.trim().split('\n').map((line) => JSON.parse(line) as { readonly client: string; readonly server: string; readonly kernel: string; readonly verdict: string; readonly network: { readonly paths: readonly { readonly name: string }[] } });
  assert.equal(ended.map(({ client, server, kernel: booted, verdict }) => [client, server, booted, verdict]), [
    ['./one', 'other/vmlinux', join(dir, 'one/vmlinux'), 'passed'], ['other/vmlinux', './one', join(dir, 'other/vmlinux'), 'passed'],
  ]);
  assert.equal(ended[0]?.network.paths.map(({ name }) => name), ['lan', 'lan2']);
  assert.match(stderr, /^\.\/one > other\/vmlinux: came back$/m);
  assert.match(stderr, /^kloop: CLIENT +SERVER +RESULT +SPOKE +TOOK\nkloop: \.\/one +other\/vmlinux +status 0 +MPTCP, \d joined .*\nkloop: other\/vmlinux +\.\/one +status 0 +MPTCP, \d joined /m);
});

test('what cannot be meant is said before anything boots', async () => {
  for (const [args, said] of [
    [['./one', '--', 'true'], 'interop needs two kernels or more'],
    [['./one', './one', '--', 'true'], './one is named twice'],
    [['./one', './other'], "there is no command after '--'"],
    [['./one', 'debgu', '--', 'true'], 'there is neither a file nor a variant called debgu. Did you mean debug?'],
    [['./one', './run', '--', 'true'], 'no kernel was built in'],
    [['./one', './other', '--path', 'wify', '--', 'true'], "there is no path profile 'wify'"],
  ] as const) {
    const ended = await interop(...args);
    assert.equal([ended.status, ended.stderr.includes(said)], [125, true], ended.stderr);
  }
  const peer = await kloop(['vm', '--kernel', kernel, '--path', 'lan', '--peer-kernel', 'tinny', '--', 'true'], { cwd: dir, env });
  assert.equal([peer.status, peer.stderr.includes('Did you mean tiny?')], [125, true], peer.stderr);
});

test.run();
