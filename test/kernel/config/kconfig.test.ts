import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFragment, parseDotConfig } from '../../../tasks/kernel/config/text.ts';
import { lostLine, verify } from '../../../tasks/kernel/config/verify.ts';
import { evaluate, parseExpression, shownExpression, unmet } from '../../../tasks/kernel/config/expression.ts';
import { readKconfig } from '../../../tasks/kernel/config/kconfig.ts';

const files: Record<string, string> = {
  Kconfig: `mainmenu "Linux"
CC_IS = $(shell,x)
source "arch/$(SRCARCH)/Kconfig"
menu "Networking"
	depends on NET_OK
config NET
	bool "Networking (really) if you like" # a comment
	help
	  Text that looks like one:
	    config FAKE
	  bool "no"

	  More of it.

config SCHED
	bool "Scheduler"
	depends on NET && \\
		(A || B)
	select CRC if NET
endmenu
config CRC
	tristate
if DEBUG
choice
	prompt "Speed"
config HZ_100
	bool "100"
config HZ_250
	bool "250"
endchoice
config PROBED
	bool "Probed" if EXPERT
	depends on $(cc-option,-fx(y))
endif
config MOD
	tristate "Module"
config NR
	int "Number"
	range 1 64
menu "Hidden"
	visible if EXPERT
config LATE
	bool "Late"
endmenu
config NET
	bool
	default y if FOO
`,
  'arch/x86/Kconfig': 'config X86\n\tdef_bool y\n\tselect FORCED\nconfig FORCED\n\tbool "Forced"\n',
};
const kconfig = readKconfig((path) => files[path], { SRCARCH: 'x86' });
const told = (wishes: string, dotConfig: string) => {
  const verdict = verify(parseFragment(wishes, 'f').wishes, parseDotConfig(dotConfig), kconfig);
  return { unknown: verdict.unknown.map((wish) => wish.option), lost: verdict.lost.map(lostLine) };
};
const why = (wish: string, dotConfig: string) => told(wish, dotConfig).lost.join('|').replace(/^f:1: /, '');

test('options and files are found, help texts are not read', () => {
  assert.equal([...kconfig.options.keys()].sort(), ['CRC', 'FORCED', 'HZ_100', 'HZ_250', 'LATE', 'MOD', 'NET', 'NR', 'PROBED', 'SCHED', 'X86']);
  assert.equal(kconfig.files, ['Kconfig', 'arch/x86/Kconfig']);
  assert.is(kconfig.options.get('NET')?.[0]?.prompt, true);
});

test('expressions', () => {
  const values = parseDotConfig('CONFIG_A=y\nCONFIG_M=m\nCONFIG_N=12\n');
  const is = (text: string) => evaluate(parseExpression(text), values);
  assert.is(is('A && M'), 1);
  assert.is(is('!M'), 1);
  assert.is(is('B || (A && !B)'), 2);
  assert.is(is('A = y && B != y'), 2);
  assert.is(is('N >= 9'), 2);
  assert.is(is('$(cc-option,-f(x)) && B'), 0);
  assert.is(is('$(cc-option,-f(x)) && A'), undefined);
  assert.is(is('A &&'), undefined);
  assert.is(shownExpression(parseExpression('A&&(B||!C=n)')), 'A && (B || !C="n")'.replace('"n"', 'n'));
});

test('what is not met', () => {
  const values = parseDotConfig('CONFIG_A=y\nCONFIG_M=m\n');
  assert.equal(unmet(parseExpression('A && B && !A && M'), values), ['B, which is off', 'A off, which is y', 'M, which is m']);
  assert.equal(unmet(parseExpression('A && M'), values, 1), []);
});

test('unknown to this kernel, and wished off although it is unknown', () => {
  assert.equal(told('CONFIG_MPTCP=y\n# CONFIG_NONE is not set\n', ''), { unknown: ['MPTCP'], lost: [] });
});

test('a missing dependency is named, also of the menu around it', () => {
  assert.is(why('CONFIG_NET=y', ''), 'CONFIG_NET=y did not stick: it needs NET_OK, which is off');
  assert.is(why('CONFIG_SCHED=y', 'CONFIG_NET_OK=y\n'), 'CONFIG_SCHED=y did not stick: it needs NET, which is off; and A || B');
  assert.is(why('CONFIG_LATE=y', ''), 'CONFIG_LATE=y did not stick: it needs EXPERT, which is off');
});

test('other causes', () => {
  assert.is(why('CONFIG_HZ_100=y', 'CONFIG_DEBUG=y\nCONFIG_HZ_250=y\n'), 'CONFIG_HZ_100=y did not stick: of the choice that it belongs to, HZ_250 is set');
  assert.is(why('CONFIG_CRC=y', ''), 'CONFIG_CRC=y did not stick: it cannot be set by hand; it is selected by SCHED');
  assert.is(why('# CONFIG_FORCED is not set', 'CONFIG_X86=y\nCONFIG_FORCED=y\n'), 'CONFIG_FORCED off did not stick: selected by X86');
  assert.is(why('CONFIG_MOD=m', ''), 'CONFIG_MOD=m did not stick: MODULES is off');
  assert.is(why('CONFIG_MOD=m', 'CONFIG_MOD=y\n'), 'CONFIG_MOD=m is built in, not a module: MODULES is off');
  assert.is(why('CONFIG_FORCED=m', 'CONFIG_X86=y\nCONFIG_FORCED=y\n'), 'CONFIG_FORCED=m is built in, not a module: selected by X86');
  assert.is(why('CONFIG_NR=99', 'CONFIG_NR=64\n'), 'CONFIG_NR=99 did not stick (it is 64): the value is out of its range, or is set by another option');
  assert.match(why('CONFIG_PROBED=y', 'CONFIG_DEBUG=y\nCONFIG_EXPERT=y\n'), 'cc-option');
});

test('numbers are equal however they are written', () => {
  assert.equal(told('CONFIG_NR=0x10\n', 'CONFIG_NR=16\n').lost, []);
});

test.run();
