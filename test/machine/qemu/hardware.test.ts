import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unsupported, wantsPci } from '../../../tasks/machine/qemu/hardware.ts';

const plain = { nvme: [], pmemBytes: [], numaNodes: 1, qemuArgs: [], systemd: false };
const all = { nvme: ['/d'], pmemBytes: [1 << 28], numaNodes: 2, qemuArgs: [['-device', 'edu']], systemd: true };

test('what a microvm has no room for is named as it was asked for', () => {
  assert.equal(wantsPci(plain), []);
  assert.equal(wantsPci({ ...plain, qemuArgs: [['-d', 'int'], ['-s']] }), []);
  assert.equal(wantsPci(all), ['--nvme', '--pmem', '--numa', '--qemu-arg -device']);
});

test('options that the configuration lacks; a module will do; what is not known lacks nothing', () => {
  const lacking = (request: typeof all, config: string | undefined) => unsupported(request, config).map(({ option, lacks, feature }) => [option, ...lacks, feature.fragment]);
  assert.equal(lacking(all, undefined), []);
  assert.equal(unsupported(plain, ''), []);
  assert.equal(lacking(all, 'CONFIG_BLK_DEV_NVME=m\nCONFIG_ACPI_NFIT=y\n# CONFIG_BLK_DEV_PMEM is not set\nCONFIG_CGROUPS=y\nCONFIG_INOTIFY_USER=y\nCONFIG_SIGNALFD=y\nCONFIG_TIMERFD=y\nCONFIG_EPOLL=y\n'),
    [['--pmem', 'BLK_DEV_PMEM', 'hardware'], ['--numa', 'NUMA', 'ACPI_NUMA', 'hardware'], ['--systemd', 'FHANDLE', undefined]]);
});

test.run();
