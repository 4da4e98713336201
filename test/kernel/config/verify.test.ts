import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDotConfig, parseFragment } from '../../../tasks/kernel/config/text.ts';
import { lostLine, verify } from '../../../tasks/kernel/config/verify.ts';
import { kconfig } from '../../support/fixtures/kconfig.ts';

const told = (requested: string, dotConfig: string) => {
  const verdict = verify(parseFragment(requested, 'f').requested, parseDotConfig(dotConfig), kconfig);
  return { unknown: verdict.unknown.map((request) => request.option), lost: verdict.lost.map(lostLine) };
};
const why = (request: string, dotConfig: string) => told(request, dotConfig).lost.join('|').replace(/^f:1: /, '');

test('unknown to this kernel, and requestedNames off although it is unknown', () => {
  assert.equal(told('CONFIG_MPTCP=y\n# CONFIG_NONE is not set\n', ''), { unknown: ['MPTCP'], lost: [] });
});

test('a missing dependency is named, also of the menu around it', () => {
  assert.is(why('CONFIG_NET=y', ''), 'CONFIG_NET=y did not stick: it needs NET_OK, which is off');
  assert.is(why('CONFIG_SCHED=y', 'CONFIG_NET_OK=y\n'), 'CONFIG_SCHED=y did not stick: it needs NET, which is off; and A || B');
  assert.is(why('CONFIG_LATE=y', ''), 'CONFIG_LATE=y did not stick: it needs EXPERT, which is off');
});

test('other causes', () => {
  assert.is(why('CONFIG_HZ_100=y', 'CONFIG_DEBUG=y\nCONFIG_HZ_250=y\n'), 'CONFIG_HZ_100=y did not stick: HZ_250 is set in the same choice');
  assert.is(why('CONFIG_CRC=y', ''), 'CONFIG_CRC=y did not stick: it cannot be set by hand; it is selected by SCHED');
  assert.is(why('# CONFIG_FORCED is not set', 'CONFIG_X86=y\nCONFIG_FORCED=y\n'), 'CONFIG_FORCED off did not stick: selected by X86');
  assert.is(why('CONFIG_MOD=m', ''), 'CONFIG_MOD=m did not stick: MODULES is off (CONFIG_MODULES=y switches it on)');
  assert.is(why('CONFIG_MOD=m', 'CONFIG_MOD=y\n'), 'CONFIG_MOD=m is built in, not a module: MODULES is off (CONFIG_MODULES=y switches it on)');
  assert.is(why('CONFIG_FORCED=m', 'CONFIG_X86=y\nCONFIG_FORCED=y\n'), 'CONFIG_FORCED=m is built in, not a module: selected by X86');
  assert.is(why('CONFIG_NR=99', 'CONFIG_NR=64\n'), 'CONFIG_NR=99 did not stick (it is 64): the value is out of range, or is set by another option');
  assert.match(why('CONFIG_PROBED=y', 'CONFIG_DEBUG=y\nCONFIG_EXPERT=y\n'), 'cc-option');
});

test('numbers are equal however they are written', () => {
  assert.equal(told('CONFIG_NR=0x10\n', 'CONFIG_NR=16\n').lost, []);
});

test.run();
