import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isLostVm, toldOf, toldOfSplats } from '../../tasks/evidence/lost.ts';
import { machineFailure } from '../../tasks/machine/reasons.ts';
import { splat } from './fixture.ts';

const place = { tail: ['x'], log: '/log' };

test('a panic, a hang, a watchdog: a lost VM; a time-out, a kernel that is missing: none', () => {
  assert.ok(isLostVm(machineFailure({ reason: 'vm-lost', verdict: { kind: 'panic', line: 'x' }, qemu: 'status 0', splats: [], ...place })));
  assert.ok(isLostVm(machineFailure({ reason: 'vm-boot-hang', systemd: false, afterMs: 1, where: [], ...place })));
  assert.ok(isLostVm(machineFailure({ reason: 'vm-wedged', where: [], ...place })));
  assert.not(isLostVm(machineFailure({ reason: 'vm-timeout', afterMs: 1, ...place })));
  assert.not(isLostVm(machineFailure({ reason: 'kernel-image', path: '/x', why: 'missing', found: '' })));
});

test('what is told: where the guest hung; what the kernel complained of', () => {
  assert.equal(toldOf(machineFailure({ reason: 'vm-wedged', where: ['RIP: f+0x1'], ...place })), { what: 'the VM was lost: the kernel hung (watchdog fired)', told: ['RIP: f+0x1'] });
  assert.is(toldOfSplats([splat, splat]).what, 'the kernel complained: WARNING in f');
});

test.run();
