import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCall } from '../../tasks/cli/parse.ts';
import type { Call, CommandSpec, OptionSpec } from '../../tasks/cli/spec.ts';
import { typedWords } from '../../tasks/cli/typed-words.ts';
import { vmOptions } from '../../tasks/commands/shared/vm-options.ts';

const spec: CommandSpec = { name: 'vm', summary: '', guestCommand: '', options: [...vmOptions, { flags: '--other <x>', summary: '' }], examples: [] };
const call = (...args: string[]) => parseCall(spec, args) as Call;

test('what was typed comes out as one word per value, and means the same', () => {
  const typed = call('--mem', '2G', '--net', '--net', '--no-multipath', '--kopts', 'a=b', 'c d', '--pmem=1G', '--qemu-arg', "-device 'a b'", '-v', '--other', 'x', '--', 'sh', '-c', 'true');
  const words = typedWords(vmOptions, typed);
  assert.equal(words, ['--mem=2G', '--net', '--net', '--no-multipath', '--kopts=a=b', '--kopts=c d', '--pmem=1G', "--qemu-arg=-device 'a b'", '--dmesg']);
  assert.equal({ ...call(...words).options, other: 'x' }, typed.options);
});

test('options that are not asked for are left out', () => {
  const mem: OptionSpec[] = vmOptions.filter(({ flags }) => flags.startsWith('--mem'));
  assert.equal(typedWords(mem, call('--cpus', '4', '--mem', '1G')), ['--mem=1G']);
});

test.run();
