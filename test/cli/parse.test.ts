import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { optionFor, parseCall, settingsOf } from '../../tasks/cli/parse.ts';
import { swallowedByNpm } from '../../tasks/cli/npm.ts';
import type { Call, CommandSpec } from '../../tasks/cli/spec.ts';
import { isFailure } from '../../tasks/report/failure.ts';

const vm: CommandSpec = {
  name: 'vm',
  summary: 'boots',
  guestCommand: 'runs in the guest',
  options: [
    { flags: '--kvm', summary: 'k', setting: { key: 'VM_ACCEL', value: 'kvm' } },
    { flags: '--mem <size>', summary: 'm', setting: { key: 'VM_MEMORY' } },
    { flags: '--bridge <names...>', summary: 'b' },
    { flags: '--net', summary: 'n', repeats: true },
    { flags: '--disk, --disks <files...>', summary: 'd' },
    { flags: '--count <number>', summary: 'c', parse: (text) => (/^\d+$/.test(text) ? { value: Number(text) } : { wrong: 'expected a number' }) },
    { flags: '--sizes <numbers...>', summary: 's', parse: (text) => (/^\d+$/.test(text) ? { value: Number(text) } : { wrong: 'expected a number' }) },
    { flags: '--word <word>', summary: 'w', repeats: true },
    { flags: '--module <dir>', summary: 'd', repeats: true, setting: { key: 'KERNEL_MODULES', is: 'paths' } },
  ],
  examples: [],
};
const plan: CommandSpec = { name: 'plan', summary: 'p', operands: [{ name: 'target', summary: 't', choices: ['kernel', 'config'] }], options: [], examples: [] };
const call = (spec: CommandSpec, ...args: string[]) => parseCall(spec, args) as Call;
const wrong = (spec: CommandSpec, ...args: string[]) => {
  const parsed = parseCall(spec, args);
  if (!isFailure(parsed)) throw new Error('it was taken');
  return `${parsed.words.what}; ${parsed.words.fix?.join(' ')}`;
};

test("vido's line: options, several bridges, and a command after --", () => {
  const parsed = call(vm, '--kvm', '--bridge', 'bridge0', 'bridge0', '--', 'sh', '-c', 'echo -- --kvm');
  assert.equal(parsed.options['bridge'], ['bridge0', 'bridge0']);
  assert.equal(parsed.guestCommand, ['sh', '-c', 'echo -- --kvm']);
  assert.equal(settingsOf(vm, parsed, '/here'), { VM_ACCEL: 'kvm' });
});

test('directories start where the person is, and keep their spaces', () => {
  assert.equal(settingsOf(vm, call(vm, '--module', 'mine', '--module', '/a b'), '/here'), { KERNEL_MODULES: "/here/mine '/a b'" });
});

test('the order of options is kept: NICs are numbered by it', () => {
  assert.equal(call(vm, '--net', '--bridge', 'a', '--net').order.map((o) => o.name), ['net', 'bridge', 'net']);
});

test('values become what they mean, and a wrong one is told with what was expected', () => {
  assert.equal(call(vm, '--count', '1', '--count', '2').options['count'], 2);
  assert.equal(call(vm, '--sizes', '1', '2', '--sizes', '3').options['sizes'], [1, 2, 3]);
  assert.match(wrong(vm, '--sizes', '1', 'x'), /--sizes.*'x' is invalid\. expected a number;/);
});

test('an option that may be given again, also with a value that looks like an option; one of two names', () => {
  assert.equal(call(vm, '--word', '-a', '--word=b').options['word'], ['-a', 'b']);
  assert.equal(call(vm, '--disk', 'a', '--disks', 'b', 'c').options['disks'], ['a', 'b', 'c']);
  assert.equal(call(vm, '--net', '--net').order.length, 2);
});

test('an unknown option is told with the nearest one', () => {
  assert.match(wrong(vm, '--kernal'), /unknown option '--kernal'/);
  assert.match(wrong(vm, '--men'), /--mem/);
});

test('a command before -- is told with the line that was meant', () => {
  assert.match(wrong(vm, 'uname', '-r'), /after '--'.*npm run vm -- -- uname -r$/);
  assert.match(wrong(vm, 'sh', '-c', 'a b'), /npm run vm -- -- sh -c 'a b'$/);
  assert.match(wrong(vm, 'ls'), /npm run vm -- -- ls/);
});

test('operands are checked', () => {
  assert.equal(call(plan, 'kernel').operands, ['kernel']);
  assert.match(wrong(plan, 'kernal'), /isn't one of kernel, config/);
  assert.match(wrong(plan, 'kernel', 'more'), /'more'/);
  assert.match(wrong(plan, '--', 'ls'), /takes no command/);
});

test('an option is found by the setting that it gives', () => {
  assert.is(optionFor(vm, 'VM_MEMORY'), '--mem');
  assert.is(optionFor(vm, 'JOBS'), undefined);
});

test('help is asked for with -h anywhere before --', () => {
  assert.is(parseCall(vm, ['--kvm', '-h']), 'help');
  assert.is.not(parseCall(vm, ['--', '-h']), 'help');
});

test('an option that npm took for itself is noticed', () => {
  const taken = swallowedByNpm(vm, { npm_lifecycle_event: 'vm', npm_config_kvm: 'true' });
  assert.match(taken === undefined ? '' : taken.words.fix?.join() ?? '', /npm run vm -- --kvm/);
  assert.is(swallowedByNpm(vm, { npm_lifecycle_event: 'vm', npm_config_yes: '' }), undefined);
  assert.is(swallowedByNpm(vm, { npm_config_kvm: 'true' }), undefined);
});

test.run();
