import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Splat } from '../../tasks/console/splat.ts';
import { placesOfLost, splatsOfLost, withSourceLines } from '../../tasks/machine/lost-vm.ts';
import { machineFailure } from '../../tasks/machine/reasons.ts';

const splat: Splat = { kind: 'oops', title: 'BUG in g', lines: [' g+0x3/0x4'], frames: [{ line: 0, function: 'g', offset: 3, size: 4, certain: true, exact: false }] };
const decoded = new Map([['g+0x3/0x4', [{ function: 'g', file: 'net/a.c', line: 40 }]]]);

test("a lost VM's reports, and the lines of their frames in the console's tail", () => {
  const failure = machineFailure({ reason: 'vm-lost', verdict: { kind: 'oops', line: 'x' }, qemu: 'status 0', tail: ['[    1.000000]  g+0x3/0x4'], splats: [splat], log: '/log' });
  assert.equal(splatsOfLost(failure), [splat]);
  const shown = withSourceLines(failure, decoded);
  assert.ok(machineFailure.is(shown, 'vm-lost'));
  assert.equal(machineFailure.is(shown, 'vm-lost') ? shown.detail.tail : [], ['[    1.000000]  g+0x3/0x4 net/a.c:40']);
});

test('where a kernel hung: the very place, what it returns to, and their lines', () => {
  const failure = machineFailure({ reason: 'vm-wedged', tail: [], where: ['Processor 0 is at spin+0x8/0x10', 'On its stack:', '  g+0x3/0x4'], log: '/log' });
  assert.equal(placesOfLost(failure)[0]?.frames.map((frame) => [frame.function, frame.exact]), [['spin', true], ['g', false]]);
  const shown = withSourceLines(failure, new Map([...decoded, ['!spin+0x8/0x10', [{ function: 'spin', file: 'kernel/b.c', line: 7 }]]]));
  assert.equal(shown.words.why, ['Processor 0 is at spin+0x8/0x10 kernel/b.c:7', 'On its stack:', '  g+0x3/0x4 net/a.c:40']);
});

test('another failure stays as it is', () => {
  const failure = machineFailure({ reason: 'vm-request', wrong: 'x', fix: ['y'] });
  assert.equal(splatsOfLost(failure), []);
  assert.is(withSourceLines(failure, decoded), failure);
});

test.run();
