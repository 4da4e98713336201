/** Paths over a bridge of the host's. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink, plainProfile } from '../../tasks/paths/link.ts';
import { bridgedPaths, bridgeOf, isOverBridge, shapeCommands, shapeOver } from '../../tasks/paths/over-bridge.ts';
import { pathFailure } from '../../tasks/paths/reasons.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';

const find = (name: string) => (name === 'lte' ? plainProfile : pathFailure({ reason: 'unknown-profile', name, known: ['lte'] }));

test('a profile, its bridge, and what differs', () => {
  assert.equal(['lte@bridge0:delay=5ms', 'lte', 'bridge0', 'user', 'lte:down-trace=a@b'].map(isOverBridge), [true, false, false, false, false]);
  assert.equal(['lte@bridge0:delay=5ms', 'bridge0'].map(bridgeOf), ['bridge0', 'bridge0']);
  assert.equal(shapeOver('lte@bridge0:up-delay=5ms', find), { down: plainLink, up: { ...plainLink, delay: 5 } });
  assert.is(shapeOver('bridge0', find), undefined);
});

test('what cannot be', () => {
  const words = (nic: string) => {
    const made = shapeOver(nic, find);
    return isFailure(made) ? formatFailure(made) : 'no failure';
  };
  assert.match(words('lt@bridge0'), "there is no path profile 'lt'");
  assert.match(words('lte@bridge0:delay=x'), '--path lte@bridge0:delay=x: delay=x: expected a time');
  assert.match(words('lte@bridge0:trace=x'), 'a trace is for paths to a peer');
});

test('what comes up is queued by an ifb of its own; a shell can read all', () => {
  const lines = shapeCommands({ down: { ...plainLink, rate: 12e6, delay: 35 }, up: { ...plainLink, loss: 0.01 } });
  assert.ok(lines.includes('tc qdisc add dev "$up" root netem limit 8257 loss 1% rate 0bit'), lines.join('\n'));
  assert.match(lines.at(-1) ?? '', /^tc qdisc add dev "\$1" root netem limit \d+ delay 35000us rate 12000000bit$/);
  assert.is(spawnSync('sh', ['-n'], { input: lines.join('\n') }).status, 0);
});

test('of the NICs of a VM that runs those that are shaped, by the names that its kernel gives them', () => {
  const over = { bridge: 'bridge0', profile: plainProfile };
  assert.equal(bridgedPaths([{}, { over }, {}]), [{ name: 'eth1', bridge: 'bridge0', profile: plainProfile }]);
});

/** A host's devices, for the commands: `ip link` lists those of kind ifb, and removes. */
function removedFor(tap: string, devices: Readonly<Record<string, { readonly kind: string; readonly alias?: string }>>): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    for (const [name, { alias }] of Object.entries(devices)) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, 'ifalias'), alias === undefined ? '' : `${alias}\n`);
    }
    const ifbs = Object.entries(devices).filter(([, { kind }]) => kind === 'ifb').map(([name], i) => `${i}: ${name}: <BROADCAST> mtu 1500 qdisc noop state DOWN`);
    const script = [
      `ip() { case "$*" in "-o link show type ifb") printf '%s\\n' ${ifbs.map((line) => `'${line}'`).join(' ')};; "link del "*|"link add "*) echo "$*" >&3;; esac; }`, 'tc() { :; }',
      ...shapeCommands(plainProfile),
    ].join('\n').replaceAll('/sys/class/net', dir);
    return spawnSync('sh', ['-c', script, 'sh', tap], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'], encoding: 'utf8' }).output[3]?.trim().split('\n') ?? [];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('only an ifb that kloop has marked is removed, when its tap has gone', () => {
  const user = { kind: 'ifb' };
  assert.equal(removedFor('kt0', { kt0: { kind: 'tun' }, kt4: { kind: 'tun' }, kp4: { kind: 'ifb', alias: 'kloop kt4' }, kp5: { kind: 'ifb', alias: 'kloop kt5' } }), ['link del kp5', 'link add kp0 type ifb']);
  // This tap is new: one that was made for another of its name.
  assert.equal(removedFor('kt1', { kt1: { kind: 'tun' }, kp1_: { kind: 'ifb', alias: 'kloop kt1' } }), ['link del kp1_', 'link add kp1 type ifb']);
  // By its name alone, by another alias, or of another kind, it is somebody's: it stays, and ours is called otherwise.
  assert.equal(removedFor('kt2', { kt2: { kind: 'tun' }, kp2: user, kp3: { kind: 'ifb', alias: 'mine' }, kp6: { kind: 'dummy', alias: 'kloop kt6' }, kp7: { kind: 'ifb', alias: 'kloop kp7' } }), ['link add kp2_ type ifb']);
});

test.run();
