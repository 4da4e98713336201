/** Evidence for tests: an incident, and what was found out of it. */
import type { Splat } from '../../tasks/console/splat.ts';
import type { Incident } from '../../tasks/evidence/incident.ts';
import type { Facts } from '../../tasks/evidence/gather/facts.ts';
import { plainRequest } from '../machine/plain.ts';

export const splat: Splat = {
  kind: 'warning', title: 'WARNING in f', lines: ['WARNING: CPU: 0 PID: 1 at net/f.c:12 f+0x1/0x20', ' g+0x3/0x4'],
  frames: [{ line: 1, function: 'g', offset: 3, size: 4, certain: true, exact: false }],
};

export const incident: Incident = {
  by: 'vm', atMs: Date.UTC(2026, 10, 26, 15, 20, 9), what: 'the kernel complained: WARNING in f', told: [], splats: [splat],
  decoded: new Map([['g+0x3/0x4', [{ function: 'g', file: 'net/g.c', line: 7 }]]]),
  typed: ['vm', '--pass-env', 'TOKEN=secret', '--', './test.sh'], command: './test.sh', status: 0,
  outputs: [{ name: 'output.log', of: 'the command', text: { data: Buffer.from('one\n\u001b[31mtwo\u001b[0m\r\n'), dropped: 0 } }],
  consoles: [{ path: '/nowhere/console' }], request: { ...plainRequest, kernel: '/nowhere/vmlinux' }, booted: { image: '/nowhere/vmlinux', foreign: false, state: undefined },
  opened: { image: undefined, symbols: undefined, note: 'it is not there', close: () => undefined },
};

export const facts: Facts = {
  kloop: '0.1.0', host: 'Debian GNU/Linux 12 (bookworm), Linux 6.8.0',
  kernel: { banner: 'Linux version 6.1.0 (gcc 12) #1', buildId: '0123abcd', notes: [] },
  source: { kind: 'git', commit: 'c0ffee', subject: 'net: a change', branch: 'topic', changed: ['net/f.c'], added: ['net/new.c'], later: [], diff: 'diff --git a/net/f.c b/net/f.c\n-old\n+new\n' },
  config: { unknown: 0, unmet: ['CONFIG_B=y (kernel.config:2): it is not set'], edited: ['CONFIG_A: m -> y'] },
  vm: { words: 'QEMU 7.2, microvm, emulated (TCG), 1 processor, 1024 MiB', commandLine: 'console=ttyS0' },
  settings: ['VM_MEMORY=2G'],
  parts: [
    { name: 'console.log', what: "the VM's console", data: Buffer.from('first\nlast\n'), leftOut: '7 bytes are left out in the middle' },
    { name: 'System.map.gz', what: "the kernel's symbols", why: 'nm ended with 1' },
  ],
};
