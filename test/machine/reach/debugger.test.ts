import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { followLine, gdbArgv, gdbScripts } from '../../../tasks/machine/reach/debugger.ts';

const vm = { symbols: '/b/vmlinux', modules: '/b' };

test('the symbols last, after what is to be done', () => {
  assert.equal(gdbArgv({ ...vm, socket: '/run/gdb', scripts: undefined, more: ['-batch'] }),
    ['gdb', '-q', '-iex', 'set breakpoint pending on', '-ex', 'target remote /run/gdb', '-batch', '/b/vmlinux']);
});

test("the tree's own commands, where they are built; the next VM, where one comes", () => {
  assert.is(gdbScripts('/b'), '/b/vmlinux-gdb.py');
  const argv = gdbArgv({ ...vm, socket: '/run/gdb', scripts: '/b/vmlinux-gdb.py', follow: '/run/a "b"', more: [] });
  assert.equal(argv.slice(2, 4), ['-iex', 'add-auto-load-safe-path /b']);
  assert.equal(argv.slice(-5, -2), ['-ex', 'lx-symbols /b', '-ex']);
  assert.is(argv.at(-1), '/b/vmlinux');
  assert.equal(gdbArgv({ symbols: '/debug-info/vmlinux', modules: '/b', socket: '/run/gdb', scripts: '/debug-info/vmlinux-gdb.py', more: [] }).slice(2), [
    '-iex', 'add-auto-load-safe-path /debug-info', '-iex', 'set breakpoint pending on', '-ex', 'target remote /run/gdb', '-ex', 'lx-symbols /b', '/debug-info/vmlinux',
  ]);
});

test('a kernel that a watch keeps has them where it was built', () => {
  assert.equal(gdbArgv({ symbols: '/kept/vmlinux', modules: '/b', socket: '/run/gdb', scripts: '/b/vmlinux-gdb.py', more: [] }).slice(2), [
    '-iex', 'add-auto-load-safe-path /b', '-iex', 'set breakpoint pending on', '-ex', 'source /b/vmlinux-gdb.py', '-ex', 'target remote /run/gdb', '-ex', 'lx-symbols /b', '/kept/vmlinux',
  ]);
});

test('the script for the next VM is one line of gdb\'s, and Python', () => {
  const line = gdbArgv({ ...vm, socket: '/run/gdb', scripts: undefined, follow: '/run/a "b"', more: [] }).at(-2) ?? '';
  assert.not.match(line, '\n');
  const script = line.replace(/^python exec\((.*), \{\}\)$/, '$1');
  const read = spawnSync('python3', ['-c', `import ast; print([n.args[0].value for n in ast.walk(ast.parse(${script})) if isinstance(n, ast.Call) and getattr(n.func, 'id', '') == 'open'])`], { encoding: 'utf8' });
  assert.is(read.stdout, '[\'/run/a "b"\']\n', read.stderr);
  assert.is(followLine({ ...vm, socket: '/run/gdb' }), '/b/vmlinux\t/b\t/run/gdb\n');
});

test.run();
