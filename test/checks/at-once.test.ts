import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { vmsAtOnce } from '../../tasks/checks/at-once.ts';

const gib = 2 ** 30;
const host = { availableBytes: 10 * gib, processors: 8 };

test('as many as were asked for, where there is room', () => {
  assert.equal(vmsAtOnce(4, { memoryBytes: gib, cpus: 0 }, host), { vms: 4 });
  assert.equal(vmsAtOnce(4, { memoryBytes: gib, cpus: 2 }, host), { vms: 4 });
  assert.equal(vmsAtOnce(1, { memoryBytes: 64 * gib, cpus: 64 }, host), { vms: 1 });
});

test('fewer, and why: memory, processors', () => {
  assert.equal(vmsAtOnce(9, { memoryBytes: 3 * gib, cpus: 0 }, host), { vms: 3, why: '3 VMs at once instead of 9: each takes 3.3 GiB of memory, and 10.0 GiB are available' });
  assert.equal(vmsAtOnce(9, { memoryBytes: gib, cpus: 0 }, { ...host, processors: 2 }), { vms: 2, why: '2 VMs at once instead of 9: this host has 2 processors' });
  assert.equal(vmsAtOnce(2, { memoryBytes: gib, cpus: 4 }, { ...host, processors: 4 }), { vms: 1, why: '1 VM instead of 2: this host has 4 processors, and each has 4' });
  assert.is(vmsAtOnce(2, { memoryBytes: 64 * gib, cpus: 0 }, host).vms, 1);
});

test.run();
