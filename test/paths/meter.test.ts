/** What samples come to. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PathMeter } from '../../tasks/paths/meter.ts';
import { vmAddressesOf } from '../../tasks/paths/plan.ts';
import type { ConnectionCount, Sample } from '../../tasks/paths/sample.ts';

const paths = [{ name: 'wifi', place: 0, ...vmAddressesOf(0) }, { name: 'lte', place: 1, ...vmAddressesOf(1) }];
const one: ConnectionCount = { cookie: '01', remote: '198.18.1.2', rttMs: 20, again: 0, acked: 1000, received: 0, token: '0a', ports: '80 5000' };
const none: Omit<Sample, 'atMs'> = { queues: new Map(), connections: [], multipath: [] };

test('of each path: its queues, its payload, its subflows, ended ones too', () => {
  const meter = new PathMeter(paths);
  meter.take({ ...none, atMs: 0, queues: new Map([['wifi', { bytes: 1500, packets: 1, dropped: 0 }], ['up1', { bytes: 60, packets: 1, dropped: 1 }]]), connections: [one] });
  meter.take({ ...none, atMs: 100, connections: [{ ...one, acked: 11_000, again: 2, rttMs: 40 }, { ...one, cookie: '02', remote: '198.18.2.2', acked: 0, received: 0 }] });
  meter.take({ ...none, atMs: 200, connections: [{ ...one, acked: 11_000, again: 2, rttMs: 90 }] });
  meter.take({ ...none, atMs: 300 });
  const [wifi, lte] = meter.now;
  assert.equal(wifi, {
    name: 'wifi', down: { bytes: 1500, packets: 1, dropped: 0 }, up: { bytes: 0, packets: 0, dropped: 0 }, payload: { down: 11_000, up: 0 }, again: 2,
    // 11,000 bytes in the one interval in which some came; of a time without data no round trip counts.
    goodput: 880_000, rtt: { meanMs: 30, leastMs: 20, lastMs: 40 }, subflows: { now: 0, ever: 1 },
  });
  assert.equal(lte?.up, { bytes: 60, packets: 1, dropped: 1 });
  assert.equal([lte?.subflows, lte?.goodput, lte?.rtt], [{ now: 0, ever: 1 }, 0, undefined]);
});

test("the kernel's last word on a subflow comes when it has been missing from the list: it is not another one, and counts once", () => {
  const meter = new PathMeter(paths);
  meter.take({ ...none, atMs: 0, connections: [one] });
  meter.take({ ...none, atMs: 100 });
  assert.equal(meter.now[0]?.subflows, { now: 0, ever: 1 });
  meter.take({ ...none, atMs: 200, connections: [{ ...one, acked: 1500, again: 1 }] });
  for (let atMs = 300; atMs < 10_000; atMs += 100) meter.take({ ...none, atMs });
  const [wifi] = meter.now;
  assert.equal([wifi?.payload.down, wifi?.again, wifi?.subflows], [1500, 1, { now: 0, ever: 1 }]);
});

test('how far connections have come: what two paths carried counts once, as Multipath TCP says', () => {
  const meter = new PathMeter(paths);
  const twice = (acked: number) => [{ ...one, acked }, { ...one, cookie: '02', remote: '198.18.2.2', acked }];
  meter.take({ ...none, atMs: 0, connections: twice(0), multipath: [{ token: '0a', acked: 2n ** 64n - 500n, received: 5n }] });
  meter.take({ ...none, atMs: 100, connections: twice(1000), multipath: [{ token: '0a', acked: 500n, received: 5n }] });
  assert.is(meter.moved, 1000);
  // One that is not Multipath TCP's, or out of tree.
  meter.take({ ...none, atMs: 200, connections: [{ ...one, cookie: '03', token: undefined, acked: 70 }], multipath: [] });
  assert.is(meter.moved, 1070);
});

test('out of tree: the end of the whole connection is not its first subflow, nor one of its own', () => {
  const meter = new PathMeter(paths);
  const first = { ...one, token: undefined, acked: 0 };
  const second = { ...first, cookie: '02', remote: '198.18.2.2', ports: '80 5001' };
  const whole = { ...first, cookie: '03', rttMs: 0, acked: 5000 };
  meter.take({ ...none, atMs: 0, connections: [first, second] });
  meter.take({ ...none, atMs: 100, connections: [{ ...first, acked: 2000 }, { ...second, acked: 3000 }] });
  meter.take({ ...none, atMs: 200, connections: [] });
  meter.take({ ...none, atMs: 300, connections: [whole] });
  assert.equal(meter.now.map(({ payload, subflows }) => [payload.down, subflows.ever]), [[2000, 1], [3000, 1]]);
  assert.is(meter.moved, 5000);
  // One that nothing else has the ports of: its round trip is not measured yet.
  meter.take({ ...none, atMs: 400, connections: [{ ...whole, cookie: '04', ports: '80 5002', acked: 100 }] });
  assert.is(meter.now[0]?.subflows.ever, 2);
});

test.run();
