/** Paths over a bridge of the host's. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink, plainProfile } from '../../tasks/paths/link.ts';
import { bridgeOf, isOverBridge, shapeCommands, shapeOver } from '../../tasks/paths/over-bridge.ts';
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

test.run();
