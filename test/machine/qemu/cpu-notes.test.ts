import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutCpuNumbers } from '../../../tasks/machine/qemu/cpu-notes.ts';
import { cpuNote } from './cpu-note.ts';

test('the registers of a CPU have the pid of the idle task; other notes stay as they were', () => {
  const notes = Buffer.concat([cpuNote('CORE', 1, 336, 7), cpuNote('CORE', 1, 336, 8), cpuNote('QEMU', 0, 440, 9), cpuNote('CORE', 3, 136, 9)]);
  const expected = Buffer.from(notes);
  for (const at of [20 + 32, 20 + 336 + 20 + 32]) expected.writeUInt32LE(0, at);
  assert.equal(withoutCpuNumbers(notes), expected);
});

test('notes that are cut off', () => {
  const note = cpuNote('CORE', 1, 336, 7);
  for (const length of [0, 11, 20, 55, note.length - 1]) assert.equal(withoutCpuNumbers(note.subarray(0, length)), note.subarray(0, length));
});

test.run();
