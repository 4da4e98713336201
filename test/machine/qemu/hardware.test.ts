import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { undriven, wantsPci } from '../../../tasks/machine/qemu/hardware.ts';

const plain = { nvme: [], pmemBytes: [], numaNodes: 1, qemuArgs: [] };
const all = { nvme: ['/d'], pmemBytes: [1 << 28], numaNodes: 2, qemuArgs: [['-device', 'edu']] };

test('what a microvm has no room for is named as it was asked for', () => {
  assert.equal(wantsPci(plain), []);
  assert.equal(wantsPci({ ...plain, qemuArgs: [['-d', 'int'], ['-s']] }), []);
  assert.equal(wantsPci(all), ['--nvme', '--pmem', '--numa', '--qemu-arg -device']);
});

test('drivers that the configuration lacks; a module will do; what is not known lacks nothing', () => {
  assert.equal(undriven(all, undefined), []);
  assert.equal(undriven(plain, ''), []);
  assert.equal(undriven(all, 'CONFIG_BLK_DEV_NVME=m\nCONFIG_ACPI_NFIT=y\n# CONFIG_BLK_DEV_PMEM is not set\n'),
    [{ option: '--pmem', lacks: ['BLK_DEV_PMEM'] }, { option: '--numa', lacks: ['NUMA', 'ACPI_NUMA'] }]);
});

test.run();
