import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { annotated, placeOfTitle } from '../../tasks/console/annotate.ts';
import { splatsOf } from '../../tasks/console/reader.ts';

const [splat] = splatsOf([
  '------------[ cut here ]------------', 'WARNING: CPU: 0 PID: 36 at net/a.c:246 fault_warn+0x8/0x10', 'RIP: 0010:fault_warn+0x8/0x10',
  'Call Trace:', ' <TASK>', ' fault_write+0x133/0x1d0', ' ? vfs_write+0xa8/0x380', ' </TASK>', '---[ end trace 0000000000000000 ]---',
]);
const decoded = new Map([
  ['!fault_warn+0x8/0x10', [{ function: 'inner', file: 'net/a.c', line: 246 }, { function: 'fault_warn', file: 'net/a.c', line: 251 }]],
  ['fault_write+0x133/0x1d0', [{ function: 'fault_write', file: 'net/a.c', line: 322 }]],
]);

test('each frame with its line, inlined ones above it; what is not decoded as it was', () => {
  assert.equal(splat === undefined ? [] : annotated(splat, decoded), [
    '------------[ cut here ]------------', 'WARNING: CPU: 0 PID: 36 at net/a.c:246 fault_warn+0x8/0x10', 'RIP: 0010:fault_warn+0x8/0x10 net/a.c:251', ' inner net/a.c:246 [inline]',
    'Call Trace:', ' <TASK>', ' fault_write+0x133/0x1d0 net/a.c:322', ' ? vfs_write+0xa8/0x380', ' </TASK>', '---[ end trace 0000000000000000 ]---',
  ]);
});

test("the title's place is where it happened; not a header's, where there is another", () => {
  assert.is(splat === undefined ? '' : placeOfTitle(splat, decoded), 'net/a.c:246');
  const inHeader = new Map([['!fault_warn+0x8/0x10', [{ function: 'refcount_inc', file: 'include/linux/refcount.h', line: 9 }, { function: 'fault_warn', file: 'net/a.c', line: 251 }]]]);
  assert.is(splat === undefined ? '' : placeOfTitle(splat, inHeader), 'net/a.c:251');
  assert.is(splat === undefined ? '' : placeOfTitle(splat, new Map()), undefined);
});

test.run();
