import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { debugCommand } from '../../tasks/decode/debug-command.ts';

const saved = (command: string, target = 'net/mptcp/ctrl.o', source = 'net/mptcp/ctrl.c') => ({ target, command, source, deps: [], extra: [] });

test('the same command, its object and its list of files elsewhere, with -g', () => {
  assert.is(debugCommand(saved('gcc -Wp,-MMD,net/mptcp/.ctrl.o.d -O2 -c -o net/mptcp/ctrl.o net/mptcp/ctrl.c   ; ./tools/objtool/objtool --orc   net/mptcp/ctrl.o'), '/k/1-ctrl.o'),
    'gcc -Wp,-MMD,/k/1-ctrl.o.d -O2 -g -c -o /k/1-ctrl.o net/mptcp/ctrl.c   ; ./tools/objtool/objtool --orc   /k/1-ctrl.o');
});

test("make's escapes are taken out", () => {
  assert.match(debugCommand(saved("gcc -Wp,-MMD,a/.b.o.d -DX='\\#y' -c -o a/b.o a/b.c", 'a/b.o', 'a/b.c'), '/k/b.o') ?? '', "-DX='#y'");
});

test('what would write elsewhere, or is not understood, is not run', () => {
  assert.is(debugCommand(saved('gcc -Wp,-MD,net/mptcp/.ctrl.o.d -c -o net/mptcp/.tmp_ctrl.o net/mptcp/ctrl.c'), '/k/o'), undefined);
  assert.is(debugCommand(saved('gcc -Wp,-MMD,net/mptcp/.ctrl.o.d -c -o net/mptcp/ctrl.o net/mptcp/ctrl.c; nm x > net/mptcp/y'), '/k/o'), undefined);
  assert.is(debugCommand(saved('gcc -c -o net/mptcp/ctrl.o net/mptcp/ctrl.c'), '/k/o'), undefined);
  assert.is(debugCommand(saved('gcc -Wp,-MMD,a/.e.o.d -c -o a/e.o a/e.S', 'a/e.o', 'a/e.S'), '/k/o'), undefined);
});

test.run();
