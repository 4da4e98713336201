/**
 * Other people's trees, old and new, named by KLOOP_TEST_TREES=path:path: each
 * from no .config to its own release, an edit by the quick way that make
 * agrees with, watch with a save, a compile error and a panic. With Multipath
 * TCP out of tree also a transfer over two NICs, one of which is cut.
 *
 * Nothing of them is part of kloop; what is edited is put back.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isOlder, lookAtTree } from '../tasks/kernel/source/tree.ts';
import { isFailure } from '../tasks/report/failure.ts';
import { cannotFake, FakeHost } from './support/fake-host.ts';
import { kloop } from './support/kloop.ts';
import { compileLittle } from './support/little-programs.ts';
import { sameBuild } from './support/shared-kernel.ts';
import { testIf } from './support/skip-unless.ts';
import { WatchRun } from './support/watch-run.ts';

const trees = (process.env['KLOOP_TEST_TREES'] ?? '').split(':').filter((path) => path !== '');
const cache = process.env['KLOOP_TEST_CACHE'] ?? '';

/** One of these is in every kernel that kernel.config makes: run once at boot, and easy to compile. */
const source = 'kernel/ksysfs.c';
const beginning = /^static int __init ksysfs_init\(void\)\n\{\n(?:\t(?:int|struct|static)[^\n]*;\n)*\n/m;

for (const tree of trees) {
  const test = suite(basename(tree));
  const looked = lookAtTree(tree);
  if (isFailure(looked)) throw new Error(looked.words.what);
  const dir = join(cache, 'trees', basename(tree));
  mkdirSync(dir, { recursive: true });
  const env = { ...sameBuild, KERNEL_SOURCES: `dir:${tree}`, STATE_DIR: join(dir, 'state'), REPOS_DIR: join(dir, 'repos'), VM_NAME: 'test-trees' };
  const path = join(tree, source);
  const before = readFileSync(path, 'utf8');
  const { atime, mtime } = statSync(path);
  const image = join(tree, isOlder(looked.version, 5, 0) ? 'arch/x86/boot/bzImage' : 'vmlinux');
  const outOfTree = existsSync(join(tree, 'net/mptcp/mptcp_fullmesh.c'));

  /** A statement where the file is initialised, at boot. */
  const edit = (statement: string) => {
    assert.match(before, beginning);
    writeFileSync(path, before.replace(beginning, (start) => `${start}\t${statement}\n`));
  };
  test.after(() => {
    writeFileSync(path, before);
    utimesSync(path, atime, mtime);
  });

  test(`from no .config to uname -r: ${looked.version.text}`, async () => {
    rmSync(join(tree, '.config'), { force: true });
    const began = performance.now();
    const ended = await kloop(['vm', '--', 'uname', '-r'], { env });
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, looked.version.text.split('-')[0] ?? '');
    console.log(`# ${basename(tree)}: ${looked.version.text}: ${((performance.now() - began) / 1000).toFixed(0)} s to uname -r`);
    for (const line of ended.stderr.split('\n').filter((one) => /adding .* to |cannot be booted directly|no overlayfs/.test(one))) console.log(`# ${line.replace(/^kloop: (?:\w+: )?/, '')}`);
  });

  test('an edit, by the quick way; make agrees', async () => {
    edit('pr_alert("kloop tree one\\n");');
    const began = performance.now();
    const ended = await kloop(['vm', '--', 'dmesg'], { env });
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, 'kloop tree one');
    assert.match(ended.stderr, /\(quick: 1 compiled/);
    console.log(`# an edit to its dmesg: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    edit('pr_alert("kloop tree two\\n");');
    const verified = await kloop(['kernel', '--no-image', '--verify'], { env });
    assert.match(verified.stderr, 'make agrees', verified.stderr);
  });

  // Before 4.20 the parts of mptcp.o are put together first.
  testIf(outOfTree, test)('an edit in net/mptcp, by the quick way; make agrees', async () => {
    const control = join(tree, 'net/mptcp/mptcp_ctrl.c');
    const text = readFileSync(control, 'utf8');
    const times = statSync(control);
    try {
      writeFileSync(control, `${text}\nstatic const char kloop_tree_mark[] __attribute__((used)) = "kloop tree mptcp";\n`);
      const ended = await kloop(['kernel', '--no-image', '--verify'], { env });
      assert.match(ended.stderr, /make agrees: .* with 1 object /);
      assert.ok(readFileSync(join(tree, 'vmlinux')).includes('kloop tree mptcp'));
    } finally {
      writeFileSync(control, text);
      utimesSync(control, times.atime, times.mtime);
    }
  });

  test('watch: a save, a compile error, a panic, and back', async () => {
    const script = join(dir, 'mark.sh');
    writeFileSync(script, "#!/bin/sh\ndmesg | grep -o 'kloop tree .*'\n");
    chmodSync(script, 0o755);
    edit('pr_alert("kloop tree three\\n");');
    const run = new WatchRun({ dir, env: { ...process.env, ...env, KLOOP_ENV_FILE: '' } }, ['--timeout', '30s', '--', script]);
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      edit('pr_alert("kloop tree four\\n");');
      assert.is((await run.next(120_000)).verdict, 'passed', run.stderr);
      assert.match(run.stderr, 'kloop tree four');
      edit('this is no C;');
      assert.is((await run.next(120_000)).verdict, 'build-failed', run.stderr);
      edit('panic("kloop tree panic");');
      assert.is((await run.next(120_000)).verdict, 'lost', run.stderr);
      assert.match(run.stderr, 'its kernel panicked: kloop tree panic');
      edit('pr_alert("kloop tree five\\n");');
      assert.is((await run.next(120_000)).verdict, 'passed', run.stderr);
    } finally {
      await run.stop();
    }
  });

  testIf(outOfTree && cannotFake === undefined, test)('two guests, two NICs in one: two subflows, both with data; one link cut, and the data is right', async () => {
    const host = await FakeHost.start();
    const work = mkdtempSync('/var/tmp/kloop-test-');
    try {
      host.configureStatically();
      await host.kloop(['bridge']);
      const program = compileLittle('mptcp', work);
      const data = randomBytes(32 << 20);
      writeFileSync(join(work, 'data'), data);
      const vm = (name: string, nics: number, script: string) => {
        const started = host.start('host', ['node', join(import.meta.dirname, '../tasks/launch.cjs'), 'vm', '--name', name, '--kernel', image, '--bridge', ...Array.from({ length: nics }, () => 'bridge0'), '--pass-env', 'PLAIN', '--', 'sh', '-c', script], { PLAIN: '1' }, { stdin: 'pipe' });
        const seen = { ...started, text: '' };
        seen.child.stdout?.on('data', (chunk: Buffer) => { seen.text += chunk.toString(); });
        return seen;
      };
      const server = vm('server', 1, `ip -4 -o addr show dev eth0; ${program} serve 7777 ${join(work, 'data')} & echo begun; read x; cat /proc/net/mptcp_net/mptcp; read x`);
      await host.until('the server', () => server.text.includes('listening'), 120_000);
      const address = /inet (10\.77\.0\.\d+)\//.exec(server.text)?.[1] ?? '';
      const taps = () => host.host('sh', '-c', 'ls /sys/class/net').split('\n').filter((name) => name.startsWith('kt'));
      const ofServer = taps();
      const client = vm('client', 2, `${program} fetch ${address} 7777 | sha256sum`);
      let early: string | undefined;
      void client.ended.then(({ status, stderr }) => { early = `the client ended with ${status}:\n${client.text}${stderr}\n${server.text}`; });
      let ofClient: string[] = [];
      await host.until("the client's NICs", () => (ofClient = taps().filter((name) => !ofServer.includes(name))).length === 2, 120_000);
      // Slow enough for both paths to be used, and for a cut to come in the midst.
      for (const tap of ofClient) host.host('tc', 'qdisc', 'replace', 'dev', tap, 'root', 'tbf', 'rate', '12mbit', 'burst', '32k', 'latency', '50ms');
      const sent = (tap: string) => Number(host.host('sh', '-c', `cat /sys/class/net/${tap}/statistics/tx_bytes || :`));
      await host.until('data on both', () => early !== undefined || ofClient.every((tap) => sent(tap) > 400_000), 120_000);
      assert.is(early, undefined);
      server.child.stdin?.write('\n');
      await host.until('the list of subflows', () => /\n\s*0:/.test(server.text), 10_000);
      console.log(`# /proc/net/mptcp_net/mptcp of the server:\n# ${server.text.slice(server.text.indexOf('sl')).trim().replaceAll('\n', '\n# ')}`);
      const counts = ofClient.map((tap) => sent(tap));
      host.host('ip', 'link', 'set', 'dev', ofClient[0] ?? '', 'down');
      const ended = await client.ended;
      assert.is(ended.status, 0, ended.stderr);
      assert.match(client.text, createHash('sha256').update(data).digest('hex'));
      console.log(`# bytes on each NIC when the link was cut: ${counts.join(', ')}`);
      server.child.stdin?.end('\n');
      await server.ended;
    } finally {
      host.stop();
      rmSync(work, { recursive: true });
    }
  });

  test.run();
}

if (trees.length === 0) {
  const test = suite('trees');
  console.log('# skipped: KLOOP_TEST_TREES names no trees');
  test.skip('needs KLOOP_TEST_TREES', () => undefined);
  test.run();
}
