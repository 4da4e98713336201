import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isBodyLine, isMemoryLine } from '../../tasks/console/body.ts';

test('registers, traces, locks; not what else a kernel says', () => {
  for (const line of ['RAX: 0000000000000000 RBX: 0000000000000005 RCX: 0000000000000000', ' <TASK>', ' </IRQ>', ' #0: ffffffff81feeca8 (&l){+.+.}-{2:2}, at: f+0xa/0x40', 'CPU: 0 PID: 36 Comm: sh Not tainted 6.1.192 #1', 'softirqs last disabled at (1): [<ffffffff81>] f+0x1/0x2', ' 0000000000000009 ffff88007fd03d68', '      Not tainted 6.1.192 #1']) assert.ok(isBodyLine(line), line);
  for (const line of ['eth0: link up', ' eth0: link up', 'CPU0: Core temperature above threshold', 'initcall f+0x0/0x30 returned 0', 'EXT4-fs (vda): mounted', 'task 12 exits', '  Normal   empty']) assert.not(isBodyLine(line), line);
});

test('what show_mem prints', () => {
  for (const line of ['Mem-Info:', ' active_file:217 inactive_file:190', 'Node 0 active_anon:464kB', 'lowmem_reserve[]: 0 0 0', '629 total pagecache pages', '65438 pages RAM']) assert.ok(isMemoryLine(line), line);
  assert.not(isMemoryLine('eth0: link up'));
});

test.run();
