import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { contradiction, openFilesLimit, prepare, readImage } from '../../../tasks/machine/run/prepare.ts';
import { vmlinux } from '../../support/fixtures/vmlinux.ts';
import { plainRequest } from '../plain.ts';

test('contradictions are refused before anything starts', () => {
  assert.is(contradiction(plainRequest), undefined);
  assert.match(contradiction({ ...plainRequest, kernelOptions: ['a b'] })?.wrong ?? '', 'splits at spaces');
  assert.is(contradiction({ ...plainRequest, kernelOptions: ['dyndbg="file a +p"'] }), undefined);
  assert.match(contradiction({ ...plainRequest, rwDirs: ['/d'], clearDirs: ['/d'] })?.wrong ?? '', 'both writable');
});

test('ports are forwarded by a NIC that can', () => {
  assert.match(contradiction({ ...plainRequest, forwards: [{ protocol: 'tcp', address: '127.0.0.1', hostPort: 1, guestPort: 1 }] })?.wrong ?? '', '--net');
});

test('how many files may be open: the hard limit; what cannot be set is the most that can', () => {
  assert.is(openFilesLimit('Limit Soft Hard\nMax open files            1024                 20000                files\n'), 20_000);
  assert.is(openFilesLimit('Max open files            1024                 unlimited            files\n'), 1 << 20);
  assert.is(openFilesLimit('Max open files            1073741816           1073741816           files\n'), 1 << 20);
  assert.is(openFilesLimit(''), undefined);
});

test('hardware: its driver is looked for beside the kernel, and a microvm has no room for it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const words = async (more: object) => {
    const prepared = await prepare({ ...plainRequest, kernel: join(dir, 'vmlinux'), accel: 'tcg', nvme: [1 << 30], ...more }, { stateDir: dir });
    return isFailure(prepared) ? formatFailure(prepared) : `${prepared.machine.machine} ${prepared.machine.cpus}`;
  };
  try {
    writeFileSync(join(dir, 'vmlinux'), vmlinux());
    assert.is(await words({}), 'q35 1', 'nothing is known of its drivers');
    assert.is(await words({ nvme: [], numaNodes: 3 }), 'q35 3', 'each node has a processor');
    assert.match(await words({ machine: 'microvm' }), 'a microvm has no room for --nvme: it has no PCI');
    writeFileSync(join(dir, '.config'), '# CONFIG_BLK_DEV_NVME is not set\n');
    assert.match(await words({}), /lacks what --nvme needs[^]*CONFIG_BLK_DEV_NVME=y[^]*Next: KERNEL_FRAGMENTS=hardware /);
    writeFileSync(join(dir, '.config'), 'CONFIG_BLK_DEV_NVME=y\n');
    assert.is(await words({}), 'q35 1');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a kernel that is none is worded', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const words = (path: string): string => {
    const image = readImage(path);
    return isFailure(image) ? formatFailure(image) : 'a kernel';
  };
  try {
    writeFileSync(join(dir, 'text'), 'hello\n'.repeat(1000));
    assert.match(words(join(dir, 'text')), "isn't a kernel");
    assert.match(words(join(dir, 'none')), 'there is no kernel');
    assert.match(words(dir), "isn't a kernel: it is a directory");
    assert.match(words(process.execPath), "isn't a kernel");
    const arm = Buffer.alloc(0x400);
    arm.write('ARM\x64', 0x38, 'latin1');
    writeFileSync(join(dir, 'Image'), arm);
    assert.match(words(join(dir, 'Image')), /the VM is an x86-64 machine[\s\S]*Next: npm run vm /);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a vmlinux without the PVH entry: the bzImage made from it is offered', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const words = (): string => {
    const image = readImage(join(dir, 'vmlinux'));
    return isFailure(image) ? formatFailure(image) : 'a kernel';
  };
  const bzImage = join(dir, 'arch/x86/boot/bzImage');
  try {
    const vmlinux = Buffer.alloc(0x400); // an ELF header, and no program headers
    vmlinux.write('\x7fELF\x02\x01\x01', 'latin1');
    vmlinux.writeUInt16LE(2, 16);
    vmlinux.writeUInt16LE(62, 18);
    writeFileSync(join(dir, 'vmlinux'), vmlinux);
    assert.match(words(), /no PVH entry[\s\S]*Next: npm run kernel /);
    mkdirSync(dirname(bzImage), { recursive: true });
    writeFileSync(bzImage, '');
    utimesSync(join(dir, 'vmlinux'), 1000, 1000);
    utimesSync(bzImage, 1001, 1001);
    assert.match(words(), `Next: npm run vm -- --kernel ${bzImage}\n`);
    utimesSync(bzImage, 999, 999);
    assert.not.match(words(), '--kernel', 'it is an older kernel');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
