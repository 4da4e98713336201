/** What was seen of paths, for a program. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { seenJson, seenPaths } from '../../tasks/paths/seen.ts';

const count = { bytes: 10, packets: 1, dropped: 0 };
const metered = { name: 'wifi', down: { ...count, bytes: 5 }, up: count, payload: { down: 4, up: 0 }, goodput: 99.6, rtt: { meanMs: 20.0004, leastMs: 19, lastMs: 21 }, again: 1, subflows: { now: 1, ever: 2 } };

test("the queues' last word, with what was metered; a peer that tells nothing else", () => {
  const paths = seenPaths([{ name: 'wifi', down: count, up: count }, { name: 'lte', down: count, up: count }], [metered]);
  const event = { atMs: 1500, path: 'wifi', text: 'cut wifi' };
  assert.equal(JSON.parse(JSON.stringify(seenJson({ beganMs: 1000, paths, mptcp: undefined, events: [event], handovers: [{ event, to: [], gapMs: undefined }] }))), {
    paths: [
      { name: 'wifi', down: count, up: count, payload: { down: 4, up: 0 }, again: 1, goodput: 100, rttMs: 20, leastRttMs: 19, subflows: 2 },
      { name: 'lte', down: count, up: count },
    ],
    events: [{ atMs: 500, text: 'cut wifi' }],
    handovers: [{ atMs: 500, change: 'cut wifi', to: [], gapMs: null }],
  });
});

test.run();
