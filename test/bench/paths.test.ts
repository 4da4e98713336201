import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rateIn } from '../../tasks/bench/paths.ts';

test("the receiver's rate, of what iperf3 prints", () => {
  assert.is(rateIn('[  5]   0.00-5.00   sec  60.1 MBytes   101 Mbits/sec    0             sender\n[  5]   0.00-5.04   sec  59.8 MBytes  99.4 Mbits/sec                  receiver\n'), 99.4);
  assert.throws(() => rateIn('iperf3: error - unable to connect'), 'iperf3 said no rate');
});

test.run();
