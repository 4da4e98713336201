import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canLoadModules, modulesOf, modulesWords } from '../../../tasks/kernel/config/modules.ts';

test('the options that are modules, and no others', () => {
  assert.equal(modulesOf('CONFIG_TUN=m\nCONFIG_NET=y\n# CONFIG_E1000 is not set\nCONFIG_CMDLINE="CONFIG_X=m"\nCONFIG_NAME="m"\n#CONFIG_OLD=m\nCONFIG_VETH=m'), ['TUN', 'VETH']);
});

test('whether there can be any', () => {
  assert.ok(canLoadModules('CONFIG_64BIT=y\nCONFIG_MODULES=y\n'));
  assert.not(canLoadModules('# CONFIG_MODULES is not set\nCONFIG_MODULES_USE_ELF_RELA=y\n'));
});

test('a few go without saying; thousands do not', () => {
  assert.is(modulesWords(['TUN', 'VETH']), undefined);
  assert.match(modulesWords(Array.from({ length: 3500 }, (_, i) => `M${i}`)) ?? '', /^3500 options are modules .*localmodconfig/);
});

test.run();
