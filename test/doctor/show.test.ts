import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showChecks } from '../../tasks/doctor/show.ts';
import { seen, well } from '../support/fixtures/doctor.ts';

test('a screen: 80 columns, and not more than 24 lines where all is well', () => {
  const everything = seen({ nics: ['bridge0'], kvm: { ...well.kvm, verdict: 'aborts' }, unequipped: ['btf', 'llvm', 'distcc', 'gdb', 'ccache', 'menuconfig'] });
  const lines = showChecks(everything, 80).split('\n');
  for (const line of lines.filter((text) => !text.includes('→'))) assert.ok(line.length <= 80, line);
  assert.ok(showChecks(seen({}), 80).split('\n').length <= 24);
  assert.is(lines.at(-2), '`npm run vm` would work.');
  assert.match(showChecks(seen({ needed: { missing: ['bc'], total: 3 } }), 80), 'would not work: one thing needs fixing');
});

test.run();
