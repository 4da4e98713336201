import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isComposite } from '../../../tasks/kernel/quick/composite.ts';

test('put together by ld -r, or as a thin archive', () => {
  assert.ok(isComposite('mptcp.o', 'ld -m elf_x86_64   -r -o net/mptcp/mptcp.o net/mptcp/mptcp_ctrl.o net/mptcp/mptcp_pm.o'));
  assert.ok(isComposite('mptcp.o', 'ld -m elf_x86_64 -r -o net/mptcp/mptcp.o net/mptcp/mptcp_ctrl.o ; scripts/mod/modpost net/mptcp/mptcp.o'));
  assert.ok(isComposite('mptcp.o', 'x86_64-linux-gnu-ld.bfd -r -o net/mptcp/mptcp.o net/mptcp/mptcp_ctrl.o'));
  assert.ok(isComposite('mptcp.o', 'rm -f net/mptcp/mptcp.o; ar rcSTPD net/mptcp/mptcp.o net/mptcp/mptcp_ctrl.o net/mptcp/mptcp_pm.o'));
});

test('not what is made in another way, or is another object', () => {
  assert.not(isComposite('mptcp.o', 'ld -m elf_x86_64 -r -o net/mptcp/xmptcp.o net/mptcp/mptcp_ctrl.o'));
  assert.not(isComposite('vdso.o', 'ld -shared -o arch/x86/vdso/vdso.o arch/x86/vdso/a.o'));
  assert.not(isComposite('piggy.o', 'gcc -c -o arch/x86/boot/compressed/piggy.o arch/x86/boot/compressed/piggy.S'));
  assert.not(isComposite('a.o', 'objcopy -O binary b.o a.o; ar rcSTPD a.o b.o'));
});

test.run();
