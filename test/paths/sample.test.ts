/** What the peer prints of its queues and connections. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sampleReader, type Sample } from '../../tasks/paths/sample.ts';

test('samples, with their last lines; of queues netem alone', () => {
  const samples: Sample[] = [];
  const read = sampleReader((sample) => samples.push(sample));
  const lines = [
    'q br0 noqueue 5 1 0 0', 'q wifi netem 1000 2 1 0', 's 01 ::ffff:198.18.0.1 ::ffff:198.18.1.2 1 20500 3 4000 50 0000000a 80 5000', 's 02 198.18.0.1 198.18.2.2 1 0 0 1 1 00000000 9 5001',
    'm 0000000a 18446744073709551615 7', 's 01 198.18.0.1 198.18.1.2 4 20500 4 4100 50 0000000a 80 5000', 't 1500000', 't 1600000',
  ];
  for (const line of lines) read(line);
  assert.equal(samples.map(({ atMs }) => atMs), [1500, 1600]);
  assert.equal([...(samples[0]?.queues ?? [])], [['wifi', { bytes: 1000, packets: 2, dropped: 1 }]]);
  assert.equal(samples[0]?.connections, [
    { cookie: '01', remote: '198.18.1.2', rttMs: 20.5, again: 4, acked: 4100, received: 50, token: '0000000a', ports: '80 5000' },
    { cookie: '02', remote: '198.18.2.2', rttMs: 0, again: 0, acked: 1, received: 1, token: undefined, ports: '9 5001' },
  ]);
  assert.equal(samples[0]?.multipath, [{ token: '0000000a', acked: 2n ** 64n - 1n, received: 7n }]);
  assert.equal(samples[1]?.connections, []);
});

test.run();
