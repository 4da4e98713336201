/** What went over which path. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { carriedOf, parseMptcp } from '../../tasks/paths/carried.ts';

const paths = [{ name: 'wifi', place: 0 }, { name: 'lte', place: 1 }];
const queues = new Map([
  ['wifi', { bytes: 5_839_146, packets: 4000, dropped: 0 }], ['up0', { bytes: 178_176, packets: 2000, dropped: 100 }],
  ['lte', { bytes: 2_705_090, packets: 990, dropped: 10 }],
]);

test("a path's directions are two queues", () => {
  assert.equal(carriedOf({ queues }, paths)[1], { name: 'lte', down: { bytes: 2_705_090, packets: 990, dropped: 10 }, up: { bytes: 0, packets: 0, dropped: 0 } });
});

test("Multipath TCP's counters, in the kernel's words", () => {
  const text = ['TcpExt: SyncookiesSent SyncookiesRecv', 'TcpExt: 7 8', 'MPTcpExt: MPCapableSYNRX MPCapableFallbackACK MPJoinAckRx', 'MPTcpExt: 2 0 3', 'Tcp: RtoMin PassiveOpens RetransSegs', 'Tcp: 200 5 12'].join('\n');
  assert.equal(parseMptcp(text), { connections: 2, joined: 3, accepted: 5, fallbacks: 0, again: 12 });
  const outOfTree = ['Tcp: RtoMin RetransSegs', 'Tcp: 200 3', 'MPCapableSYNRX                  \t1', 'MPCapableACKRX                  \t1', 'MPJoinAckRx                     \t5'].join('\n');
  assert.equal(parseMptcp(outOfTree), { connections: 1, joined: 5, accepted: 0, fallbacks: 0, again: 3 });
  assert.is(parseMptcp('Tcp: RtoMin RetransSegs\nTcp: 200 12\n'), undefined);
});

test.run();
