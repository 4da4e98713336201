import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readme, titleOf } from '../../tasks/evidence/readme.ts';
import { facts, incident, splat } from './fixture.ts';

test('all that a reader needs, in an order that they read it', () => {
  assert.is(readme(incident, facts), `# WARNING in f

the kernel complained: WARNING in f

- Kernel: Linux version 6.1.0 (gcc 12) #1
- Build id: 0123abcd
- Source: c0ffee ("net: a change"), branch topic, 2 files changed and not committed
- VM: QEMU 7.2, microvm, emulated (TCG), 1 processor, 1024 MiB
- The kernel's command line: console=ttyS0
- Command: ./test.sh, status 0
- Run by: kloop 0.1.0 on Debian GNU/Linux 12 (bookworm), Linux 6.8.0: kloop vm --pass-env 'TOKEN=…' -- ./test.sh
- When: 2026-11-26 15:20:09 UTC

## What the kernel reported

\`\`\`
WARNING: CPU: 0 PID: 1 at net/f.c:12 f+0x1/0x20
 g+0x3/0x4 net/g.c:7
\`\`\`

## What the command printed last

\`\`\`
one
two
\`\`\`

## Not committed

\`\`\`diff
diff --git a/net/f.c b/net/f.c
-old
+new
\`\`\`

## .config

Asked for by the fragments, and otherwise:

- CONFIG_B=y (kernel.config:2): it is not set

Edited since it was generated:

- CONFIG_A: m -> y

## Settings of kloop that were set

\`\`\`
VM_MEMORY=2G
\`\`\`

## Files

- console.log: the VM's console (7 bytes are left out in the middle)
- no System.map.gz (the kernel's symbols): nm ended with 1
`);
});

test('without a report the console tells, and what kloop told of it', () => {
  const hung = readme({ ...incident, splats: [], what: 'the VM was lost: it hung', told: ['RIP: f+0x1'] }, facts);
  assert.match(hung, /^# the VM was lost: it hung\n/);
  assert.match(hung, "## The console's last lines\n\n```\nfirst\nlast\n```\n\n## What kloop said\n\n```\nRIP: f+0x1\n```\n");
  assert.not.match(readme(incident, facts), "The console's last lines");
});

test('a title has the line; the other reports are named', () => {
  const other = { ...splat, title: 'BUG in h' };
  assert.is(titleOf({ ...incident, decoded: new Map([['!f+0x1/0x20', [{ function: 'f', file: 'net/f.c', line: 12 }]]]), splats: [{ ...splat, frames: [{ line: 0, function: 'f', offset: 1, size: 0x20, certain: true, exact: true }] }] }), 'WARNING in f (net/f.c:12)');
  assert.match(readme({ ...incident, splats: [splat, other, splat] }, facts), 'Reported as well:\n- BUG in h\n');
});

test("what holds fences is between longer ones; what has no end is cut", () => {
  const text = readme({ ...incident, outputs: [{ name: 'output.log', of: 'x', text: { data: Buffer.from(`\`\`\`\`\n${'y'.repeat(10_000)}\n${'z\n'.repeat(10_000)}`), dropped: 0 } }], told: Array.from({ length: 500 }, (_, i) => `line ${i}`) }, facts);
  assert.ok(text.length < 20_000);
  assert.match(text, '… 380 lines more');
  const fenced = readme({ ...incident, outputs: [{ name: 'output.log', of: 'x', text: { data: Buffer.from('````\n'), dropped: 0 } }] }, facts);
  assert.match(fenced, '`````\n````\n`````\n');
});

test('a tree that is no repository, one that is clean, one that was edited after the build', () => {
  const source = (one: Parameters<typeof readme>[1]['source']) => readme(incident, { ...facts, source: one });
  assert.match(source({ kind: 'other', why: '/linux is not a git repository', changed: ['net/f.c'] }), '- Source: /linux is not a git repository\n');
  assert.match(source({ kind: 'other', why: '/linux is not a git repository', changed: ['net/f.c'] }), '## Not committed\n\nChanged since it was unpacked:\n\n- net/f.c\n');
  const git = { kind: 'git', commit: 'c0ffee', subject: 's', branch: undefined, changed: [], added: [], later: [], diff: undefined } as const;
  assert.match(source(git), '- Source: c0ffee ("s"), no uncommitted changes\n');
  assert.not.match(source(git), 'Not committed');
  assert.match(source({ ...git, changed: ['a.c'], later: ['a.c'] }), 'Changed after the kernel was built: what ran may not have this:\n\n- a.c\n');
});

test.run();
