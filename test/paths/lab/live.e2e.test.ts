/** Paths of a VM that runs are listed, changed, cut and put back, one by one and by a script; a transfer survives its first path. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, startKloop } from '../../support/kloop.ts';
import { fetchScript, kernel, labPlace } from './lab-place.ts';

test.after(() => {
  // One that a failed test left running.
  for (const vm of started) vm.child.kill();
});
const { dir, env } = labPlace(test);

const started: ReturnType<typeof startKloop>[] = [];
function start(...args: string[]): ReturnType<typeof startKloop> {
  const vm = startKloop(['vm', '--kernel', kernel, ...args], { cwd: dir, env });
  started.push(vm);
  return vm;
}

const path = (...args: string[]) => kloop(['path', ...args], { cwd: dir, env });
async function changed(...args: string[]): Promise<void> {
  const ended = await path(...args);
  assert.is(ended.status, 0, ended.stderr);
}

test('set, cut, blackhole, fix, script: seen in the guest', async () => {
  writeFileSync(join(dir, 'look.sh'), `
    while :; do
      trip=$(ping -c 1 -W 1 -q peer-sym 2>&1 | sed -n 's/^rtt.*= \\([0-9]*\\)\\..*/\\1/p')
      echo "see $(cat /sys/class/net/sym/carrier) \${trip:-none}" >&2
    done
  `);
  const vm = start('--path', 'sym', '--path', 'lossy', '--', 'bash', join(dir, 'look.sh'));
  let seen = '^';
  /** After all that was seen before. */
  const sees = (line: string) => {
    seen += `[^]*see ${line}\n`;
    return vm.says(new RegExp(seen));
  };
  await sees('1 \\d\\d');
  const listed = await path();
  assert.match(listed.stdout, /^sym +up +10mbit, 10ms$/m);
  assert.match(listed.stdout, /^lossy +up +10mbit, 10ms, loss 1%$/m);
  await changed('set', 'sym', 'delay=150ms');
  await sees('1 [3-9]\\d\\d');
  await changed('cut', 'sym');
  // What goes to an address of this path may go over the other one now.
  await sees('0 \\S+');
  assert.match((await path()).stdout, /^sym +cut +10mbit, 150ms$/m);
  await changed('fix', 'sym');
  await sees('1 [3-9]\\d\\d');
  await changed('blackhole', 'sym');
  await sees('1 none');
  writeFileSync(join(dir, 'back.txt'), 'at 100ms set sym delay=10ms\nat 200ms fix sym\n');
  const script = await path('script', 'back.txt');
  assert.is(script.status, 0, script.stderr);
  const [first, second] = [...script.stderr.matchAll(/([\d.]+) s: at/g)].map((match) => Number(match[1]));
  assert.ok(first !== undefined && second !== undefined && first >= 0.1 && second >= 0.2 && second < 0.7, script.stderr);
  await sees('1 \\d\\d');
  writeFileSync(join(dir, 'wrong.txt'), '# a comment\nat 1s cut sym; at 2s fx sym\n');
  for (const [args, said] of [[['script', 'wrong.txt'], "wrong.txt: line 2: 'fx': expected one of"], [['cut', 'losy'], 'did you mean lossy?'], [['set', 'sym', 'delay=x'], 'expected a time'], [['script', 'none.txt'], 'none.txt']] as const) {
    const wrong = await path(...args);
    assert.equal([wrong.status, wrong.stderr.includes(said)], [125, true], wrong.stderr);
  }
  vm.child.kill();
  await vm.ended;
  assert.match((await path()).stderr, 'no VM with paths runs');
});

test('a name in use: the next VM has one of its own, and so has its peer; which is meant has to be said', async () => {
  const [one, other] = ['sym', 'lan'].map((profile) => start('--path', profile, '--', 'sh', '-c', 'echo there >&2; exec sleep 100'));
  await Promise.all([one?.says(/^there$/m), other?.says(/^there$/m)]);
  const listed = JSON.parse((await kloop(['ps', '--json'], { cwd: dir, env })).stdout) as { readonly name: string }[];
  assert.equal(listed.map(({ name }) => name).sort(), ['vm', 'vm-2', 'vm-peer', 'vm-peer-2']);
  const which = await path();
  assert.equal([which.status, which.stderr.includes('path -- --vm NAME')], [125, true], which.stderr);
  assert.match((await path('--vm', 'vm')).stdout + (await path('--vm', 'vm-2')).stdout, /^lan /m);
  for (const vm of [one, other]) vm?.child.kill();
  await Promise.all([one?.ended, other?.ended]);
});

test('from inside the guest: done when it says so, within 50 ms; refused with a reason; by any user, in any network namespace', async () => {
  writeFileSync(join(dir, 'ask.sh'), `
    kloop-path | tail -n +2
    kloop-path cut sym && echo "carrier $(cat /sys/class/net/sym/carrier)"
    ip netns add aside && ip netns exec aside kloop-path fix sym && echo "carrier $(cat /sys/class/net/sym/carrier)"
    setpriv --reuid=65534 --clear-groups kloop-path set sym delay=30ms && echo changed
    kloop-path cut losy; echo "status $?"
    coproc asks { kloop-path -; }
    for change in 'blackhole sym' 'fix sym' 'cut sym' 'fix sym' 'set sym loss=1%' 'set sym loss=x'; do
      before=$EPOCHREALTIME; echo "$change" >&\${asks[1]}; read -r answer <&\${asks[0]}; after=$EPOCHREALTIME
      echo "\${answer%%:*} $(( \${after/./} - \${before/./} ))"
    done
  `);
  const vm = start('--path', 'sym', '--', 'bash', join(dir, 'ask.sh'));
  const { status, stdout, stderr } = await vm.ended;
  assert.is(status, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.slice(0, 5), ['sym   up  10mbit, 10ms', 'carrier 0', 'carrier 1', 'changed', 'status 1'], stdout);
  assert.match(stderr, "kloop-path: no path is called 'losy'");
  const answers = lines.slice(5).map((line) => line.split(' '));
  assert.equal(answers.map(([answer]) => answer), ['ok', 'ok', 'ok', 'ok', 'ok', 'error']);
  // The middle one of what was done: on a busy host a single one may wait for a processor.
  const took = answers.slice(0, 5).map(([, us]) => Number(us)).sort((a, b) => a - b);
  assert.ok((took[2] ?? Infinity) < 50_000, stdout);
});

test('a path that nothing shaped keeps to its rate from then on when it gets one, each frame by itself, also in a connection that is there', async () => {
  writeFileSync(join(dir, 'blob'), Buffer.alloc(100_000_000));
  writeFileSync(join(dir, 'slower.sh'), `
    exec 3<>/dev/tcp/peer/80; printf 'GET ${join(dir, 'blob')} HTTP/1.0\\r\\n\\r\\n' >&3
    head -c 1000000 <&3 >/dev/null
    kloop-path set sym rate=8mbit
    cat <&3 >/dev/null & sleep 1
    count() { cat /sys/class/net/sym/statistics/rx_bytes /sys/class/net/sym/statistics/rx_packets; date +%s%6N; }
    before=($(count)); sleep 3; after=($(count))
    echo $(( (after[0] - before[0]) * 8000 / (after[2] - before[2]) )) $(( (after[0] - before[0]) / (after[1] - before[1]) ))
    kill %1
  `);
  const { status, stdout, stderr } = await start('--path', 'sym:rate=none,delay=0ms', '--', 'bash', join(dir, 'slower.sh')).ended;
  assert.is(status, 0, stderr);
  const [kbit = 0, frame = 0] = stdout.split(' ').map(Number);
  assert.ok(kbit > 6800 && kbit < 9200, stdout);
  assert.ok(frame > 1300 && frame <= 1514, stdout);
});

test('a transfer goes on when the path it began on is cut, and its content is right', async () => {
  const blob = randomBytes(3_000_000);
  writeFileSync(join(dir, 'blob'), blob);
  writeFileSync(join(dir, 'fetch.sh'), `${fetchScript(join(dir, 'blob'), 500000)}cat /sys/class/net/sym2/statistics/rx_bytes\n`);
  const picture = join(dir, 'picture.svg');
  const vm = start('--path', 'sym', '--path', 'sym', '--timeout', '100s', '--json', '--plot', picture, '--', 'bash', join(dir, 'fetch.sh'));
  await vm.says(/^begun$/m);
  // It ends with the VM.
  const looking = path('--watch', '--json');
  // As `cut sym` and `set sym2 …` would.
  writeFileSync(join(dir, 'cut.txt'), 'at 0s cut sym; at 300ms set sym2 delay=20ms');
  await changed('script', 'cut.txt');
  const [ended, looked] = await Promise.all([vm.ended, looking]);
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stderr, createHash('sha256').update(blob).digest('hex'));
  const { network } = JSON.parse(ended.stdout) as { readonly network: { readonly paths: readonly { readonly payload: { readonly down: number } }[]; readonly events: readonly { readonly text: string }[]; readonly handovers: readonly { readonly change: string; readonly to: readonly string[]; readonly gapMs: number }[] } };
  assert.equal(network.events.map(({ text }) => text), ['cut sym', 'set sym2 delay=20ms']);
  assert.equal(network.handovers.map(({ change, to }) => [change, to]), [['cut sym', ['sym2']]]);
  assert.ok((network.paths[1]?.payload.down ?? 0) > 1_000_000, ended.stdout);
  assert.match(ended.stderr, /^kloop: cut sym at \d+\.\d s: no data for \d+\.\d s at most, then over sym2$/m);
  assert.match(readFileSync(picture, 'utf8'), '>cut sym</text>');
  assert.is(looked.status, 0, looked.stderr);
  const ticks = looked.stdout.trim().split('\n').map((line) => JSON.parse(line) as { readonly paths: readonly { readonly name: string; readonly down: number }[] });
  assert.ok(ticks.some(({ paths }) => (paths[1]?.down ?? 0) > 1e6), looked.stdout);
});

test.run();
