import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Parts } from '../../tasks/watch/parts.ts';
import { whyRun } from '../../tasks/watch/why-run.ts';

const parts: Record<string, Parts> = {
  'bbr.c': { builtIn: false, modules: ['tcp_bbr'] },
  'tcp.c': { builtIn: true, modules: [] },
  'tcp.h': { builtIn: true, modules: ['sctp', 'tcp_bbr', 'tls', 'vxlan'] },
  'udp_tunnel.h': { builtIn: false, modules: ['udp_tunnel', 'vxlan'] },
};
const lines = (changed: string[], run: { swapped?: string[]; bootAt?: number }, booted?: string) =>
  whyRun({ run: { number: 3, changed, ...run }, booted, partsOf: (path) => parts[path], short: (path) => path });

test('a module that was swapped, and one that is not loaded', () => {
  assert.equal(lines(['bbr.c'], { swapped: ['tcp_bbr'] }), ['run 3 was for:', '  bbr.c: part of module tcp_bbr, swapped in the VM that runs']);
  assert.equal(lines(['bbr.c'], { swapped: [] }), ['run 3 was for:', '  bbr.c: part of module tcp_bbr; not loaded, so the next modprobe gets what was built']);
  assert.equal(lines(['udp_tunnel.h'], { swapped: ['udp_tunnel'] }), ['run 3 was for:', '  udp_tunnel.h: part of modules udp_tunnel, vxlan; vxlan: not loaded, so the next modprobe gets what was built']);
});

test('what is built in, both, and why it booted', () => {
  assert.equal(lines(['bbr.c', 'tcp.c'], { bootAt: 1 }, 'more than modules changed'), [
    'run 3 was for:', '  bbr.c: part of module tcp_bbr', '  tcp.c: built in', '  it booted: more than modules changed',
  ]);
  assert.equal(lines(['tcp.h'], { bootAt: 1 }), ['run 3 was for:', '  tcp.h: built in, and part of modules sctp, tcp_bbr, tls and 1 more: the kernel is linked, and boots']);
});

test('nothing of what the last build has not read, and of a run by a key', () => {
  assert.equal(lines(['README'], { bootAt: 1 }), []);
  assert.equal(lines([], {}), []);
});

test.run();
