import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readAsked, watchRefusals } from '../../../tasks/machine/qemu/refused.ts';

// As QEMU 7.2 and 9.2 write them, the latter with time stamps.
const fifo = 'v9fs_mknod tag 0 id 18 fid 5 mode 4516 major 0 minor 0';
const socket = '712@1764252000.123456:v9fs_mknod tag 3 id 18 fid 5 mode 49645 major 0 minor 0';
const made = 'v9fs_mknod_return tag 0 id 18 qid={type 0 version 0 path 5}';
const cut = 'v9fs_setattr tag 0 id 26 fid 7 iattr={valid 104 mode 0 uid 0 gid 0 size 100 atime=0 mtime=0 }';
const wasCut = 'v9fs_setattr_return tag 0 id 26';
const acl = 'v9fs_xattrcreate tag 1 id 32 fid 9 name system.posix_acl_access size 44 flags 0';

test('a line says what is asked for, or that something was done', () => {
  const asked = (line: string) => readAsked(line)?.asked;
  assert.equal(readAsked(fifo), { tag: '0', asked: { kind: 'make', what: 'a fifo' } });
  assert.equal(readAsked(socket), { tag: '3', asked: { kind: 'make', what: 'a Unix socket' } });
  assert.equal(asked('v9fs_mknod tag 0 id 18 fid 5 mode 8576 major 1 minor 3'), { kind: 'make', what: 'a device' });
  assert.equal(readAsked(cut), { tag: '0', asked: { kind: 'set', what: 'size and times' } });
  assert.equal(asked(cut.replace('valid 104', 'valid 7')), { kind: 'set', what: 'mode and owner' });
  assert.equal(asked(acl), { kind: 'attribute', what: 'system.posix_acl_access' });
  assert.is(readAsked(acl.replace('size 44', 'size 0')), undefined, 'it is removed');
  assert.is(readAsked(acl.replace('system.posix_acl_access', 'user.mine')), undefined);
  for (const done of [made, wasCut]) assert.equal(readAsked(done), { tag: '0', asked: undefined });
  assert.is(readAsked('qemu-system-x86_64: warning: host does not support it'), undefined);
});

/** What is told of these lines until QEMU ends. */
function told(...lines: string[]): string[] {
  const said: string[] = [];
  const refusals = watchRefusals((words) => said.push(words));
  for (const line of lines) refusals.heard(line);
  refusals.ended();
  return said.map((words) => /could not (.*?) below --rw-dirs/.exec(words)?.[1] ?? words);
}

test('what was not done until QEMU ended is refused, and told once of each kind', () => {
  assert.equal(told(socket, cut, acl, fifo, acl, cut), ['set system.posix_acl_access of a file', 'make a Unix socket', "set a file's size and times"]);
});

test('what was done is not, though its tag was used before by what was refused', () => {
  assert.equal(told(fifo, made, cut, wasCut), []);
  assert.equal(told(fifo, cut, wasCut), ['make a fifo']);
});

test('what takes no second to make is told after one', async () => {
  const first = await new Promise<string>((resolve) => {
    watchRefusals(resolve).heard(fifo);
  });
  assert.match(first, 'docs/guest-files.md');
});

test.run();
