/** IPv6 over paths; and with --net, what lies behind the peer. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { fetchScript, kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);

test('IPv6: one connection over both paths, counted as theirs; each path has an address', async () => {
  const blob = randomBytes(2_000_000);
  writeFileSync(join(dir, 'blob'), blob);
  writeFileSync(join(dir, 'fetch.sh'), `ping -6 -c 1 -W 9 -q peer6-sym2 >&2 || exit 1\n${fetchScript(join(dir, 'blob'), 1000).replace('/dev/tcp/peer/', '/dev/tcp/peer6/')}`);
  const { status, stdout, stderr } = await kloop(['vm', '--kernel', kernel, '--path', 'sym', '--path', 'sym', '--json', '--timeout', '60s', '--', 'bash', join(dir, 'fetch.sh')], { cwd: dir, env });
  assert.is(status, 0, stderr);
  assert.match(stderr, createHash('sha256').update(blob).digest('hex'));
  const { network } = JSON.parse(stdout) as { readonly network: { readonly mptcp: { readonly joined: number }; readonly paths: readonly { readonly payload: { readonly down: number } }[] } };
  assert.is(network.mptcp.joined, 1, stderr);
  for (const { payload } of network.paths) assert.ok(payload.down > 200_000, stdout);
});

test('--net: a path leads outside, through the peer, and is as slow as that path', async () => {
  const server = createServer((_request, response) => response.end('outside\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const url = `http://10.0.2.2:${port}/`;
    const { status, stdout, stderr } = await kloop(['vm', '--kernel', kernel, '--path', 'sym:delay=200ms', '--net', '--timeout', '60s', '--', 'sh', '-c', `curl -sS ${url}; curl -sS --interface sym -w '%{time_connect}' ${url}`], { cwd: dir, env });
    assert.is(status, 0, stderr);
    const [, took] = /^outside\noutside\n([\d.]+)$/.exec(stdout) ?? [];
    assert.ok(Number(took) >= 0.4, stdout);
  } finally {
    server.close();
  }
});

test.run();
