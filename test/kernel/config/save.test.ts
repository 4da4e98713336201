import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { changesBetween, withChanges } from '../../../tasks/kernel/config/save.ts';
import { parseDotConfig } from '../../../tasks/kernel/config/text.ts';
import { readKconfig } from '../../../tasks/kernel/config/kconfig.ts';

const kconfig = readKconfig((path) => (path === 'Kconfig'
  ? 'config A\n\tbool "a"\n\tselect S\nconfig B\n\tint "b"\nconfig C\n\tbool "c"\nconfig S\n\tbool "s"\nconfig H\n\tbool\n'
  : undefined), {});

test('what can be set and differs; not what follows by itself', () => {
  const before = parseDotConfig('# CONFIG_A is not set\nCONFIG_B=1\nCONFIG_C=y\n');
  const after = parseDotConfig('CONFIG_A=y\nCONFIG_B=2\n# CONFIG_C is not set\nCONFIG_S=y\nCONFIG_H=y\n');
  assert.equal(changesBetween(before, after, kconfig), [{ option: 'A', value: 'y' }, { option: 'B', value: '2' }, { option: 'C', value: 'n' }]);
});

test('a fragment keeps its comments and order; what is new goes to the end', () => {
  const fragment = '# top\nCONFIG_A=y\n# why C\nCONFIG_C=y # because\n\n# CONFIG_B is not set\n';
  const changed = withChanges(fragment, [{ option: 'C', value: 'm' }, { option: 'B', value: 'y' }, { option: 'D', value: '"x"' }], '# Saved');
  assert.is(changed, '# top\nCONFIG_A=y\n# why C\nCONFIG_C=m # because\n\nCONFIG_B=y\n\n# Saved\nCONFIG_D="x"\n');
  assert.is(withChanges(changed, [{ option: 'E', value: 'n' }], '# Saved'), changed + '# CONFIG_E is not set\n');
  assert.is(withChanges('', [{ option: 'E', value: 'y' }], '# Saved'), '# Saved\nCONFIG_E=y\n');
});

test('an option named in a comment is no setting', () => {
  assert.is(withChanges('# see CONFIG_A=y below\n', [{ option: 'A', value: 'y' }], '# S'), '# see CONFIG_A=y below\n\n# S\nCONFIG_A=y\n');
});

test.run();
