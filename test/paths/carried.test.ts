/** What went over which path. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCarried, parseMptcp } from '../../tasks/paths/carried.ts';

const paths = [{ name: 'wifi', place: 0 }, { name: 'lte', place: 1 }];
const json = JSON.stringify([
  { kind: 'noqueue', dev: 'br0', bytes: 5 },
  { kind: 'netem', dev: 'wifi', bytes: 5_839_146, packets: 4000, drops: 0 }, { kind: 'netem', dev: 'up0', bytes: 178_176, packets: 2000, drops: 100 },
  { kind: 'netem', dev: 'lte', bytes: 2_705_090, packets: 990, drops: 10 }, { kind: 'netem', dev: 'up1', bytes: 0, packets: 0, drops: 0 },
]);

test("a path's directions are two queues", () => {
  assert.equal(parseCarried(json, paths)?.[1], { name: 'lte', down: { bytes: 2_705_090, packets: 990, dropped: 10 }, up: { bytes: 0, packets: 0, dropped: 0 } });
  assert.is(parseCarried('Error: no', paths), undefined);
});

test("Multipath TCP's counters, in the kernel's words", () => {
  const text = ['TcpExt: SyncookiesSent SyncookiesRecv', 'TcpExt: 7 8', 'MPTcpExt: MPCapableSYNRX MPCapableFallbackACK MPJoinAckRx', 'MPTcpExt: 2 0 3', 'Tcp: RtoMin RetransSegs', 'Tcp: 200 12'].join('\n');
  assert.equal(parseMptcp(text), { connections: 2, joined: 3, fallbacks: 0, again: 12 });
  assert.is(parseMptcp('Tcp: RtoMin RetransSegs\nTcp: 200 12\n'), undefined);
});

test.run();
