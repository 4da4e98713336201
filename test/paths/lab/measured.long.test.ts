/** Paths are as they were asked for, measured in the guest; a long transfer survives a cut. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProfile } from '../../../tasks/paths/find.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { kloop, startKloop } from '../../support/kloop.ts';
import { projectDir } from '../../support/project.ts';
import { fetchScript, labPlace } from './lab-place.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
let dir: string;
let env: Record<string, string>;
test.before(() => {
  ({ dir, env } = labPlace());
});
test.after(() => rmSync(dir, { recursive: true }));

/** What a script in the guest prints, by its first word. */
async function measured(paths: readonly string[], script: string): Promise<(name: string) => number> {
  const ended = await kloop(['vm', '--kernel', kernel, ...paths.flatMap((path) => ['--path', path]), '--timeout', '200s', '--', 'bash', '-c', script], { cwd: dir, env });
  assert.is(ended.status, 0, ended.stderr);
  return (name) => Number(new RegExp(`^${name} ([\\d.]+)$`, 'm').exec(ended.stdout)?.[1]);
}

const trip = (name: string) => `ping -c 20 -i 0.2 -q peer-${name} | sed -n 's/^rtt.*= \\([0-9.]*\\)\\/\\([0-9.]*\\).*/least \\1\\naverage \\2/p'`;
/** While the peer sends more than the path carries, and for longer: bits per second over some seconds, by the NIC's counter. */
const rate = (name: string, path: string) => `
  exec 3<>/dev/tcp/peer-${name}/80; printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3
  cat <&3 >/dev/null & sleep 2
  from=$(cat /sys/class/net/${name}/statistics/rx_bytes) began=$(date +%s%N); sleep 4
  echo rate $((($(cat /sys/class/net/${name}/statistics/rx_bytes) - from) * 8000000 / (($(date +%s%N) - began) / 1000)))
  kill %1`;

const shipped = join(projectDir, 'config/paths');
for (const name of readdirSync(shipped).map((file) => file.replace(/\.path$/, '')).sort()) {
  test(`${name}: its round trip`, async () => {
    const profile = findProfile(name, [shipped]);
    if (isFailure(profile)) throw new Error(profile.words.what);
    const { down, up } = profile;
    const value = await measured([name], trip(name));
    const asked = down.delay + up.delay;
    // An emulated machine on a busy host only ever adds.
    const spread = down.jitter + up.jitter;
    assert.ok(value('least') >= asked - 3 * spread && value('least') < asked * 1.1 + 8, `${value('least')} ms of ${asked}`);
    assert.ok(value('average') > asked - spread && value('average') < asked * 1.1 + spread + 25, `${value('average')} ms of ${asked}`);
  });
}

for (const mbit of [2, 10, 20]) {
  test(`${mbit} Mbit/s, within 5 %`, async () => {
    writeFileSync(join(dir, 'blob'), Buffer.alloc(mbit * 125_000 * 40));
    const value = await measured([`sym:rate=${mbit}mbit`], rate('sym', join(dir, 'blob')));
    assert.ok(Math.abs(value('rate') / (mbit * 1e6) - 1) < 0.05, `${value('rate')} bit/s`);
  });
}

test('losses of one direction, within what chance allows', async () => {
  const lost = async (path: string) => (await measured([path], "ping -c 600 -i 0.01 -q peer-sym | sed -n 's/^\\([0-9]*\\) packets transmitted, \\([0-9]*\\) received.*/came \\2/p'"))('came');
  // 600 * 5 % = 30, with a deviation of 5.3: four of them.
  for (const direction of ['down', 'up']) {
    const came = await lost(`sym:${direction}-loss=5%`);
    assert.ok(600 - came >= 9 && 600 - came <= 51, `${direction}: ${600 - came} lost of 600`);
  }
});

test('200 MB, and the path that they began on is cut', async () => {
  const blob = randomBytes(200_000_000);
  writeFileSync(join(dir, 'blob'), blob);
  writeFileSync(join(dir, 'fetch.sh'), fetchScript(join(dir, 'blob'), 20000000));
  const vm = startKloop(['vm', '--kernel', kernel, '--path', 'lan:rate=60mbit', '--path', 'wifi:loss=0%', '--timeout', '300s', '--', 'bash', join(dir, 'fetch.sh')], { cwd: dir, env });
  await vm.says(/^begun$/m);
  const cut = await kloop(['path', 'cut', 'lan'], { cwd: dir, env });
  assert.is(cut.status, 0, cut.stderr);
  const { status, stdout, stderr } = await vm.ended;
  assert.is(status, 0, stderr);
  assert.is(stdout.split(' ')[0], createHash('sha256').update(blob).digest('hex'));
  assert.match(stderr, /^kloop: cut lan at \d+\.\d s: no data for \d+\.\d s at most, then over wifi$/m);
});

test.run();
