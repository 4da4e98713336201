import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kconfig } from '../../support/fixtures/kconfig.ts';

test('options and files are found, help texts are not read', () => {
  assert.equal([...kconfig.options.keys()].sort(), ['CRC', 'FORCED', 'HZ_100', 'HZ_250', 'LATE', 'LOCALVERSION', 'MOD', 'NET', 'NR', 'PROBED', 'SCHED', 'X86']);
  assert.equal(kconfig.files, ['Kconfig', 'arch/x86/Kconfig']);
  assert.is(kconfig.options.get('NET')?.[0]?.prompt, true);
});

test.run();
