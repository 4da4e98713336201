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
    { flags: '--net', summary: 'n' },
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
  assert.equal(settingsOf(vm, parsed), { VM_ACCEL: 'kvm' });
});

test('the order of options is kept: NICs are numbered by it', () => {
  assert.equal(call(vm, '--net', '--bridge', 'a', '--net').order.map((o) => o.name), ['net', 'bridge', 'net']);
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
