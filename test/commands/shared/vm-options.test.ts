import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { vmOptions, vmOptionsOf } from '../../../tasks/commands/shared/vm-options.ts';

const flagsOf = (starter: Parameters<typeof vmOptionsOf>[0]) => vmOptionsOf(starter).map(({ flags }) => flags.split(' ')[0]);

test('a debugger is for vm alone, a port and a name for one VM, a disk for a command', () => {
  for (const starter of ['watch', 'check', 'history', 'shadow'] as const) assert.not(flagsOf(starter).includes('--gdb'), starter);
  for (const flag of ['--forward', '--name']) assert.equal((['watch', 'check', 'history', 'shadow'] as const).filter((starter) => flagsOf(starter).includes(flag)), ['watch'], flag);
  assert.not(flagsOf('check').includes('--disk,'));
  assert.ok(flagsOf('history').includes('--disk,'));
});

test('the options keep their order, whoever has them', () => {
  const all = vmOptions.map(({ flags }) => flags);
  for (const starter of ['watch', 'check'] as const) {
    const places = vmOptionsOf(starter).map(({ flags }) => all.indexOf(flags));
    assert.equal(places, places.toSorted((a, b) => a - b));
  }
});

test('NUMA nodes: from 2 to 8', () => {
  const parse = vmOptions.find(({ flags }) => flags.startsWith('--numa'))?.parse;
  assert.equal(parse?.('2'), { value: 2 });
  for (const text of ['1', '9', '', '2.5', 'two']) assert.equal(parse?.(text), { wrong: 'expected a number of nodes from 2 to 8' }, text);
});

test.run();
