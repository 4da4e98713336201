import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modulesOf, modulesWords } from '../../../tasks/kernel/config/modules.ts';

test('the options that are modules, and no others', () => {
  assert.equal(modulesOf('CONFIG_TUN=m\nCONFIG_NET=y\n# CONFIG_E1000 is not set\nCONFIG_CMDLINE="CONFIG_X=m"\nCONFIG_NAME="m"\n#CONFIG_OLD=m\nCONFIG_VETH=m'), ['TUN', 'VETH']);
});

test('one is named; of many the first five', () => {
  assert.match(modulesWords(['TUN']), /^1 option is a module \(=m\), and is not in .*: CONFIG_TUN; =y builds it in$/);
  assert.match(modulesWords(['A', 'B']), /^2 options are modules .*: CONFIG_A, CONFIG_B; =y builds them in$/);
  assert.match(modulesWords(['A', 'B', 'C', 'D', 'E']), /: CONFIG_A, CONFIG_B, CONFIG_C, CONFIG_D, CONFIG_E; /);
  assert.match(modulesWords(['A', 'B', 'C', 'D', 'E', 'F', 'G']), /^7 options .*, CONFIG_E and 2 more; /);
});

test.run();
