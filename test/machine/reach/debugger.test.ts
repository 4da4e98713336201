import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { followScript, gdbArgv, gdbScripts } from '../../../tasks/machine/reach/debugger.ts';

const vm = { symbols: '/b/vmlinux', modules: '/b' };

test('the symbols last, after what is to be done', () => {
  assert.equal(gdbArgv({ ...vm, socket: '/run/gdb', scripts: false, more: ['-batch'] }),
    ['gdb', '-q', '-iex', 'set breakpoint pending on', '-ex', 'target remote /run/gdb', '-batch', '/b/vmlinux']);
});

test("the tree's own commands, where they are built; the next VM, where one comes", () => {
  assert.is(gdbScripts('/b/vmlinux'), '/b/vmlinux-gdb.py');
  const argv = gdbArgv({ ...vm, socket: '/run/gdb', scripts: true, follow: '/tmp/f.py', more: [] });
  assert.equal(argv.slice(2, 4), ['-iex', 'add-auto-load-safe-path /b']);
  assert.equal(argv.slice(-5), ['-ex', 'lx-symbols /b', '-x', '/tmp/f.py', '/b/vmlinux']);
  assert.equal(gdbArgv({ symbols: '/debug-info/vmlinux', modules: '/b', socket: '/run/gdb', scripts: true, more: [] }).slice(2), [
    '-iex', 'add-auto-load-safe-path /debug-info', '-iex', 'set breakpoint pending on', '-ex', 'target remote /run/gdb', '-ex', 'lx-symbols /b', '/debug-info/vmlinux',
  ]);
  assert.match(followScript('/tmp/a "b"'), /open\("\/tmp\/a \\"b\\""\)/);
});

test.run();
