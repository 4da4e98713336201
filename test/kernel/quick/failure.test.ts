import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { firstError, makeMaySucceed } from '../../../tasks/kernel/quick/failure.ts';

const missing = ['In file included from net/mptcp/pm.c:9:', './include/linux/a.h:7:10: fatal error: asm/early_ioremap.h: No such file or directory', '    7 | #include <asm/early_ioremap.h>', 'compilation terminated.'];

test("the code's own fault is final", () => {
  assert.not(makeMaySucceed(['net/mptcp/pm.c:12:5: error: expected \';\' before \'}\' token', '   12 | }', '      | ^']));
  assert.not(makeMaySucceed(['ld: vmlinux.o: in function `f\':', 'pm.c:(.text+0x1): undefined reference to `g\'']));
  assert.not(makeMaySucceed(['ERROR: modpost: "g" [net/a.ko] undefined!']));
  assert.not(makeMaySucceed(['WARNING: modpost: vmlinux.o: section mismatch in reference: f (section: .text) -> g (section: .init.text)', 'ERROR: modpost: Section mismatches detected.']));
  assert.not(makeMaySucceed(["`gone' referenced in section `.text' of c.o: defined in discarded section `.exit.text' of c.o"]));
  // Several files at once: one is wrong by itself.
  assert.not(makeMaySucceed([...missing, 'net/mptcp/pm.c:12:5: error: expected']));
});

test('a header that make would first make, a tool that is gone, silence: make may get further', () => {
  assert.ok(makeMaySucceed(missing));
  assert.is(firstError(missing), './include/linux/a.h:7:10: fatal error: asm/early_ioremap.h: No such file or directory');
  assert.ok(makeMaySucceed(['sh: 3: scripts/basic/fixdep: not found']));
  assert.ok(makeMaySucceed([]));
});

test('a full disk and a killed compiler are nothing that make could help', () => {
  assert.not(makeMaySucceed(['fatal error: error writing to /tmp/cc.s: No space left on device']));
  assert.not(makeMaySucceed(['gcc: fatal error: Killed signal terminated program cc1']));
});

test.run();
