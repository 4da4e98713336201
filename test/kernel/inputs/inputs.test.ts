import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listedDirs, untracedInputs } from '../../../tasks/kernel/inputs/inputs.ts';
import type { BuildIndex } from '../../../tasks/kernel/inputs/index-model.ts';

const names: Record<string, string[]> = {
  '/s/net': ['Makefile', 'a.c', 'gen.awk'],
  '/s/include/asm-generic': ['Kbuild', 'bug.h', 'gen.awk'],
  '/s/tools/arch/x86/lib': ['insn.c', 'x86-opcode-map.txt'],
  '/s/tools/objtool': ['Build', 'Makefile', 'check.c', 'sync-check.sh'],
};

test('makefiles count wherever a file is read; generators and their data where something is made, and below tools/', () => {
  assert.equal(untracedInputs(Object.keys(names), new Set(['/s/net', '/s/tools/objtool']), '/s', (dir) => names[dir] ?? []), [
    '/s/net/Makefile', '/s/net/gen.awk', '/s/include/asm-generic/Kbuild', '/s/tools/arch/x86/lib/x86-opcode-map.txt',
    '/s/tools/objtool/Build', '/s/tools/objtool/Makefile', '/s/tools/objtool/sync-check.sh',
  ]);
});

test('where a program below tools/ is made, so are those who make it listed', () => {
  const index = (path: string): BuildIndex => ({
    tree: { source: '/s', build: '/s' }, files: [], entries: [{ path, mtimeMs: 1, size: 1, target: -1, source: -1, deps: new Uint32Array(), broken: false }],
  });
  assert.ok(listedDirs(index('/s/tools/objtool/.check.o.cmd'), 'vmlinux', []).has('/s/tools/scripts'));
  assert.not(listedDirs(index('/s/net/.a.o.cmd'), 'vmlinux', []).has('/s/tools/scripts'));
});

test.run();
