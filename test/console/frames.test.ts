import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { frameOf, isTraceLine } from '../../tasks/console/frames.ts';

const frame = (text: string) => {
  const { function: name, offset, size, module, certain, exact } = frameOf(text, 0) ?? {};
  return name === undefined ? undefined : [name, offset, size, module ?? '', `${certain ? '' : '?'}${exact ? '!' : ''}`];
};

test('frames of a trace, new and old', () => {
  assert.equal(frame(' vfs_write+0xa8/0x380'), ['vfs_write', 0xa8, 0x380, '', '']);
  assert.equal(frame(' ? sort_range+0x20/0x20'), ['sort_range', 0x20, 0x20, '', '?']);
  assert.equal(frame(' tasklet_action_common.constprop.0+0x9b/0xc0'), ['tasklet_action_common.constprop.0', 0x9b, 0xc0, '', '']);
  assert.equal(frame(' take_twice+0x1b/0x40 [fault 5d7c4ab8b1cbf0a58a3ba6d1eb0f5d0e6e6d7d31]'), ['take_twice', 0x1b, 0x40, 'fault', '']);
  assert.equal(frame(' [<ffffffff8109c1b0>] ? lock_acquire+0x90/0x120 [mod_x]'), ['lock_acquire', 0x90, 0x120, 'mod_x', '?']);
  assert.equal(frame(' <NMI>  [<ffffffff814ca491>] dump_stack+0x6a/0x79'), ['dump_stack', 0x6a, 0x79, '', '']);
});

test('where it trapped', () => {
  assert.equal(frame('RIP: 0010:fault_null+0x7/0x10'), ['fault_null', 7, 0x10, '', '!']);
  assert.equal(frame('RIP: 0010:[<ffffffff8152d0a1>]  [<ffffffff8152d0a1>] mptcp_push+0x11/0x90'), ['mptcp_push', 0x11, 0x90, '', '!']);
  assert.equal(frame('IP: [<ffffffff8152d0a1>] mptcp_push+0x11/0x90'), ['mptcp_push', 0x11, 0x90, '', '!']);
  assert.equal(frame('WARNING: CPU: 0 PID: 36 at net/mptcp/ctrl.c:246 fault_warn+0x8/0x10'), ['fault_warn', 8, 0x10, '', '!']);
  assert.equal(frame('BUG: KASAN: use-after-free in mptcp_close+0x4b/0x120'), ['mptcp_close', 0x4b, 0x120, '', '']);
  assert.is(frame('RIP: 0033:0x7f33a177c350'), undefined);
});

test('nothing but a frame on its line', () => {
  assert.ok(isTraceLine(' vfs_write+0xa8/0x380'));
  assert.ok(isTraceLine(' [<ffffffff8109c1b0>] ? lock_acquire+0x90/0x120'));
  assert.not(isTraceLine('initcall fault_init+0x0/0x30 returned 0 after 12 usecs'));
});

test.run();
