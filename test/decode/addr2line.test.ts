import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readAddr2line } from '../../tasks/decode/addr2line.ts';

test('inlined functions, discriminators, paths, and addresses without a line', () => {
  const found = readAddr2line([
    '0x0000000000000058', 'inner', '/tree/net/mptcp/ctrl.c:246', 'outer', '/build/../tree/net/./mptcp/ctrl.c:251 (discriminator 2)',
    '0xffffffff814bafd6', '??', '??:0',
    '0xffffffff814bafd7', 'f', '/tree/a.c:?',
    '0xffffffff814bafd8', 'g', 'include/b.h:7', '',
  ].join('\n'), ['/tree', '/build']);
  assert.equal([...found], [
    [0x58n, [{ function: 'inner', file: 'net/mptcp/ctrl.c', line: 246 }, { function: 'outer', file: '/tree/net/mptcp/ctrl.c'.slice(6), line: 251 }]],
    [0xffffffff814bafd8n, [{ function: 'g', file: 'include/b.h', line: 7 }]],
  ]);
});

test.run();
