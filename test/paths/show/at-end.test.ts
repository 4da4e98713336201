/** What went over the paths, for a person. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { handoverText, mptcpText, seenMessages } from '../../../tasks/paths/show/at-end.ts';

const count = (bytes: number, packets = 1, dropped = 0) => ({ bytes, packets, dropped });

test('a table, and below it the rest', () => {
  const event = { atMs: 4100, path: 'wifi', text: 'cut wifi' };
  const messages = seenMessages({
    beganMs: 1000, mptcp: { connections: 1, joined: 1, accepted: 0, fallbacks: 0, again: 0 }, events: [event], handovers: [{ event, to: ['lte'], gapMs: 300 }],
    paths: [
      { name: 'wifi', down: count(5_839_146), up: count(178_176, 1900, 100), payload: { down: 5e6, up: 0 }, goodput: 14.2e6, rtt: { meanMs: 29.4, leastMs: 20, lastMs: 30 }, again: 7, subflows: { now: 0, ever: 1 } },
      { name: 'lte', down: count(2_705_090, 990, 10), up: count(0) },
    ],
  });
  assert.equal(messages, [
    [
      'over the paths went',
      '  PATH    DOWN  LOST      UP  LOST                GOODPUT    RTT  AGAIN  SUBFLOWS',
      '  wifi  5.8 MB     -  178 kB  5.0%  ████████  14.2 Mbit/s  29 ms      7         1',
      '  lte   2.7 MB  1.0%     0 B     -  ███▋                -      -      -         -',
    ].join('\n'),
    'Multipath TCP: 1 connection, 1 subflow joined',
    'cut wifi at 3.1 s: no data for 0.3 s at most, then over lte',
  ]);
  assert.is(handoverText({ event, to: [], gapMs: undefined }, 1000), 'cut wifi at 3.1 s: no data came any more');
});

test("Multipath TCP's counters", () => {
  assert.is(mptcpText({ connections: 1, joined: 2, accepted: 0, fallbacks: 1, again: 12 }), 'Multipath TCP: 1 connection, 2 subflows joined, 1 fallback to TCP, 12 segments sent again by the peer');
  assert.is(mptcpText({ connections: 0, joined: 0, accepted: 2, fallbacks: 0, again: 3 }), 'no Multipath TCP: 2 connections of TCP');
  assert.is(mptcpText({ connections: 0, joined: 0, accepted: 0, fallbacks: 0, again: 3 }), undefined);
});

test.run();
