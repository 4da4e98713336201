import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packInitramfs } from '../../../tasks/machine/qemu/initramfs.ts';

/** Reads an archive back by the format's rules. */
function unpack(archive: Buffer): { name: string; mode: number; data: string; device: number[] }[] {
  const entries = [];
  for (let at = 0; ;) {
    assert.is(archive.toString('latin1', at, at + 6), '070701', `magic at ${at}`);
    const number = (i: number) => parseInt(archive.toString('latin1', at + 6 + 8 * i, at + 14 + 8 * i), 16);
    const nameSize = number(11);
    const name = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    const dataAt = (at + 110 + nameSize + 3) & ~3;
    const size = number(6);
    if (name === 'TRAILER!!!') return entries;
    entries.push({ name, mode: number(1), data: archive.toString('utf8', dataAt, dataAt + size), device: [number(9), number(10)] });
    at = (dataAt + size + 3) & ~3;
  }
}

test('an archive reads back, whatever the lengths', () => {
  for (let length = 0; length < 9; length++) {
    const archive = packInitramfs([
      { path: 'dev', kind: 'dir' },
      { path: 'dev/console', kind: 'device', major: 5, minor: 1 },
      { path: 'x'.repeat(length + 1), kind: 'file', data: Buffer.alloc(length, 'd'), executable: true },
    ]);
    assert.is(archive.length % 512, 0);
    assert.equal(unpack(archive), [
      { name: 'dev', mode: 0o040755, data: '', device: [0, 0] },
      { name: 'dev/console', mode: 0o020600, data: '', device: [5, 1] },
      { name: 'x'.repeat(length + 1), mode: 0o100755, data: 'd'.repeat(length), device: [0, 0] },
    ]);
  }
});

test.run();
