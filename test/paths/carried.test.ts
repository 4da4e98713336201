/** What went over which path. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesText, carriedTable, mptcpText, parseCarried, parseMptcp } from '../../tasks/paths/carried.ts';

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

test('as a table', () => {
  assert.equal(carriedTable(parseCarried(json, paths) ?? []), [
    'PATH    DOWN                LOST      UP                LOST',
    'wifi  5.8 MB  ████████████     -  178 kB  ████████████  4.8%',
    'lte   2.7 MB  ██████        1.0%     0 B                   -',
  ]);
  assert.equal([0, 999, 1000, 12_345, 123_456, 1.5e9].map(bytesText), ['0 B', '999 B', '1.0 kB', '12.3 kB', '123 kB', '1.5 GB']);
});

test("Multipath TCP's counters, in the kernel's words", () => {
  const text = ['TcpExt: SyncookiesSent SyncookiesRecv', 'TcpExt: 7 8', 'MPTcpExt: MPCapableSYNRX MPCapableFallbackACK MPJoinAckRx', 'MPTcpExt: 2 0 3', 'Tcp: RtoMin RetransSegs', 'Tcp: 200 12'].join('\n');
  assert.equal(parseMptcp(text), { connections: 2, joined: 3, fallbacks: 0, again: 12 });
  assert.is(parseMptcp('Tcp: RtoMin RetransSegs\nTcp: 200 12\n'), undefined);
  assert.is(mptcpText({ connections: 1, joined: 2, fallbacks: 1, again: 12 }), 'Multipath TCP: 1 connection, 2 subflows joined, 1 fallback to TCP, 12 segments sent again by the peer');
  assert.is(mptcpText({ connections: 0, joined: 0, fallbacks: 0, again: 3 }), undefined);
});

test.run();
