/** A kernel that complains, with real faults in the real tree: found, named, with the very line, by the loop and by `vm`. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../support/kloop.ts';
import { testIf } from '../support/skip-unless.ts';
import { MarkedSource, WatchRun, workshop } from '../support/watch-run.ts';

const shop = workshop('splats');
const it = testIf(shop !== undefined, test);
if (shop === undefined) console.log('# no shared kernel: run it by `npm test -- watch/splats`');

/** The number of the line that holds this. */
function lineOf(file: string, text: string): number {
  const at = readFileSync(file, 'utf8').split('\n').findIndex((line) => line.includes(text));
  assert.ok(at >= 0, `${file} holds no ${text}`);
  return at + 1;
}

/** What the `count`th run that went wrong has left: its files, by name. */
async function evidenceOf(run: WatchRun, count: number): Promise<(name: string) => string> {
  const dir = await run.evidence(count);
  assert.ok(readdirSync(dir).includes('System.map.gz'), readdirSync(dir).join(' '));
  return (name) => readFileSync(join(dir, name), 'utf8');
}

it('a crash has its line; a WARN fails the run, with its line and its caller\'s; a good kernel follows', async () => {
  if (shop === undefined) return;
  const source = new MarkedSource(shop.tree);
  source.restore();
  const run = new WatchRun(shop, ['--timeout', '60s', '--', 'echo', 'the command ran']);
  try {
    assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
    await run.says(/watching \d+ files/);

    let from = run.stderr.length;
    source.write('*(volatile int *)8 = 1;');
    const crashed = await run.next();
    assert.is(crashed.verdict, 'lost', run.stderr.slice(from));
    assert.equal(crashed.splats, [{ kind: 'oops', title: 'BUG: kernel NULL pointer dereference in mptcp_proto_init' }]);
    assert.is(crashed.words, 'the VM was lost: its kernel crashed: BUG: kernel NULL pointer dereference in mptcp_proto_init');
    const planted = lineOf(source.path, '/* kloop test */');
    const left = await evidenceOf(run, 1);
    assert.match(left('README.md'), '# BUG: kernel NULL pointer dereference in mptcp_proto_init (net/mptcp/protocol.c:');
    assert.match(left('README.md'), /^Changed since it was unpacked:\n\n(- .*\n)*- net\/mptcp\/protocol\.c\n/m);
    assert.is(left('config'), readFileSync(join(shop.tree, '.config'), 'utf8'));
    assert.match(left('config-difference.txt'), '# Fragments: kernel.config\n');
    assert.match(left('console.log'), 'BUG: kernel NULL pointer dereference');
    assert.match(run.stderr.slice(from), new RegExp(`RIP: 0010:mptcp_proto_init\\+0x[0-9a-f]+/0x[0-9a-f]+ net/mptcp/protocol\\.c:${planted}\\n`));

    from = run.stderr.length;
    source.write('WARN_ON(1);');
    const warned = await run.next();
    const said = run.stderr.slice(from);
    assert.is(warned.verdict, 'splat', said);
    assert.equal(warned.splats, [{ kind: 'warning', title: 'WARNING in mptcp_proto_init' }]);
    assert.match(said, 'the command ran\n');
    const call = lineOf(join(shop.tree, 'net/mptcp/ctrl.c'), '\tmptcp_proto_init();');
    assert.match(said, new RegExp(`^ mptcp_init\\+0x[0-9a-f]+/0x[0-9a-f]+ net/mptcp/ctrl\\.c:${call}$`, 'm'));
    assert.match(said, `kloop: WARNING in mptcp_proto_init (net/mptcp/protocol.c:${planted})\n`);
    const kept = await evidenceOf(run, 2);
    assert.match(run.stderr.slice(from), kept('splats.txt'), 'the same text that was shown');
    assert.is(kept('output.log'), 'the command ran\n');
    assert.match(said, /^✗ run 3: the kernel complained: WARNING in mptcp_proto_init · /m);
  } finally {
    await run.stop();
  }
});

it('vm: the same kernel, the report after the output; --strict, and what is expected', async () => {
  if (shop === undefined) return;
  const vm = (args: readonly string[], known = '') => kloop(['vm', ...args, '--', 'echo', 'out'], { env: { KNOWN_SPLATS: known } });
  const plain = await vm([]);
  assert.equal([plain.status, plain.stdout], [0, 'out\n'], plain.stderr);
  assert.match(plain.stderr, /^kloop: the kernel complained: WARNING in mptcp_proto_init$/m);
  assert.match(plain.stderr, /^kloop: WARNING in mptcp_proto_init \(net\/mptcp\/protocol\.c:\d+\)$/m);
  assert.is((await vm(['--strict'])).status, 1);
  const expected = await vm(['--strict'], "'WARNING in mptcp_*'");
  assert.is(expected.status, 0, expected.stderr);
  assert.not.match(expected.stderr, 'complained');
});

test.after(() => { if (shop !== undefined) new MarkedSource(shop.tree).restore(); });

test.run();
