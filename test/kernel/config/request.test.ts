import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configRequest, isInForce, keptText, parseSetting, quoted, wantedOf, type ConfigRequest } from '../../../tasks/kernel/config/request.ts';
import { parseDotConfig, type RequestedOption } from '../../../tasks/kernel/config/text.ts';
import { formatFailure, isFailure } from '../../../tasks/report/failure.ts';
import { kconfig } from '../../support/fixtures/kconfig.ts';

const version = { major: 6, minor: 1, text: '6.1' };
const set = (...texts: string[]) => texts.map((text) => {
  const parsed = parseSetting(text);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.value;
});
const request = (options: RequestedOption[], file?: string, addMissing = false) => {
  const made = configRequest(options, file === undefined ? undefined : { path: '/f', text: file }, addMissing);
  if (isFailure(made)) throw new Error(formatFailure(made));
  return made;
};
const shown = (options: readonly RequestedOption[]) => options.map(({ option, value }) => `${option}=${value}`);

test('--set takes an option with or without its CONFIG_, and any value', () => {
  assert.equal(shown(set('CONFIG_A=y', 'B_C=m', 'D=n', '9P_FS=y', 'E=64', 'F=-mine', 'G=', 'H="a b"')), ['A=y', 'B_C=m', 'D=n', '9P_FS=y', 'E=64', 'F=-mine', 'G=', 'H="a b"']);
  for (const wrong of ['CONFIG_A', 'a=y', '=y', 'A B=y', 'A=x"y', 'A=y\nB=y']) assert.ok('wrong' in parseSetting(wrong), wrong);
});

test('a file is merged, --set after it; a complete .config is taken as it is; without options it is a mistake', () => {
  assert.is(request([]), undefined);
  assert.equal(shown(request(set('A=m'), 'CONFIG_A=y\nCONFIG_B=y\n')?.options ?? []), ['A=y', 'B=y', 'A=m']);
  const whole = '#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.1 Kernel Configuration\n#\nCONFIG_A=y\n';
  assert.equal(request(set('A=m'), whole), { options: set('A=m'), whole: { path: '/f', text: whole }, addMissing: false });
  for (const wrong of ['FOO\n', '# nothing\n', '']) assert.ok(isFailure(configRequest([], { path: '/f', text: wrong }, false)), wrong);
});

test('of two for one option the later counts; one for other versions does not', () => {
  assert.equal(shown(wantedOf(request(set('B=n'), 'CONFIG_B=y\nCONFIG_C=y  # before 5.11: old\n')?.options ?? [], version)), ['B=n']);
});

test('in force is what the .config has already', () => {
  const has = (asked: ConfigRequest | undefined, text: string) => asked !== undefined && isInForce(asked, parseDotConfig(text), version);
  assert.ok(has(request(set('A=y', 'B=n', 'C=text')), 'CONFIG_A=y\nCONFIG_C="text"\n'));
  assert.not(has(request(set('A=y')), 'CONFIG_A=m\n'));
  assert.not(has(request([], undefined, true), 'CONFIG_A=y\n'), 'the VM needs more');
  assert.not(has({ options: [], whole: { path: '/f', text: '' }, addMissing: false }, ''), 'a whole one is always taken');
});

test('a text gets its quotes, by its type in Kconfig', () => {
  assert.equal(shown(quoted(set('LOCALVERSION=-x', 'NR=4', 'NET=y'), kconfig)), ['LOCALVERSION="-x"', 'NR=4', 'NET=y']);
  assert.equal(shown(quoted(set('LOCALVERSION="-x"'), kconfig)), ['LOCALVERSION="-x"']);
});

test('what is kept is a fragment: a new request in the place of the old one', () => {
  const first = keptText('', set('A=y', 'B=n'));
  assert.match(first as string, /\nCONFIG_A=y\n# CONFIG_B is not set\n$/);
  assert.match(keptText(first as string, set('A=m', 'C="x"')) as string, /\nCONFIG_A=m\n# CONFIG_B is not set\nCONFIG_C="x"\n$/);
  assert.ok(isFailure(keptText('nonsense\n', [])), 'edited by hand, and wrong');
});

test.run();
