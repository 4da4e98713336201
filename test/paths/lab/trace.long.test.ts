/** A path's rate follows a trace, again and again; how much it carries is measured in the guest. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);

test('a second with 6 Mbit/s, a second with nothing', async () => {
  // 2 packets each 4 ms, and the last one at the end of the second second.
  const times = Array.from({ length: 250 }, (_, i) => [4 * i, 4 * i]).flat();
  writeFileSync(join(dir, 'on-off.trace'), `${[...times, 2000].join('\n')}\n`);
  writeFileSync(join(dir, 'blob'), Buffer.alloc(20_000_000));
  writeFileSync(join(dir, 'look.sh'), `
    exec 3<>/dev/tcp/peer/80; printf 'GET ${dir}/blob HTTP/1.0\\r\\n\\r\\n' >&3
    cat <&3 >/dev/null & sleep 3
    for i in $(seq 50); do read -r up rest </proc/uptime; echo "$up $(cat /sys/class/net/sym/statistics/rx_bytes)"; sleep 0.2; done
    kill %1
  `);
  const ended = await kloop(['vm', '--kernel', kernel, '--path', 'sym:down-trace=on-off.trace', '--', 'bash', join(dir, 'look.sh')], { cwd: dir, env });
  assert.is(ended.status, 0, ended.stderr);
  const points = ended.stdout.trim().split('\n').map((line) => line.split(' ').map(Number));
  const rates = points.slice(1).map(([at = 0, bytes = 0], i) => (bytes - (points[i]?.[1] ?? 0)) * 8 / (at - (points[i]?.[0] ?? 0)) / 1e6);
  const part = (is: (rate: number) => boolean) => rates.filter(is).length / rates.length;
  // Half of the time each, but a look may fall upon both, and after a second of nothing TCP has to begin again.
  assert.ok(part((rate) => rate < 0.6) > 0.25, rates.map((rate) => rate.toFixed(1)).join(' '));
  assert.ok(part((rate) => rate > 3.5) > 0.2, rates.map((rate) => rate.toFixed(1)).join(' '));
  assert.ok(rates.every((rate) => rate < 9), rates.map((rate) => rate.toFixed(1)).join(' '));
});

test.run();
