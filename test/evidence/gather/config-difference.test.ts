import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { absentOptions, configDifference, differenceText } from '../../../tasks/evidence/gather/config-difference.ts';
import { parseFragment } from '../../../tasks/kernel/config/text.ts';

const fragment = 'CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=64\n# CONFIG_D is not set\nCONFIG_E=m\nCONFIG_F=m\n';
const { requested } = parseFragment(fragment, 'kernel.config');
const config = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=0x40\nCONFIG_D=y\nCONFIG_E=y\nCONFIG_LIKED=y\nCONFIG_GCC_VERSION=120200\n';

test('what is asked for and otherwise; a number is one however it is written, and built in is more than a module', () => {
  const { unmet } = configDifference({ text: config, requested, base: undefined, generated: undefined, known: new Set(['F']) });
  assert.equal(unmet, ['CONFIG_B=y (kernel.config:2): it is not set', '# CONFIG_D is not set (kernel.config:4): it is y', 'CONFIG_F=m (kernel.config:6): it is not set']);
});

test('what was edited since it was generated; not what a compiler changes by itself', () => {
  const generated = config.replace('CONFIG_LIKED=y\n', '').replace('CONFIG_A=y', 'CONFIG_A=m').replace('120200', '130100');
  assert.equal(configDifference({ text: config, requested: [], base: undefined, generated, known: new Set() }).edited, ['CONFIG_A: m -> y', 'CONFIG_LIKED: n -> y']);
});

test('from a complete .config all of it is asked for, but for what a fragment says', () => {
  const { unmet } = configDifference({ text: 'CONFIG_A=y\nCONFIG_Z=y\n', requested: requested.slice(0, 1), base: { name: 'mine', text: 'CONFIG_A=m\nCONFIG_Y=y\n' }, generated: undefined, known: new Set() });
  assert.equal(unmet, ['CONFIG_Y=y (mine): it is not set', '# CONFIG_Z is not set (mine): it is y']);
});

test('what this kernel does not have is counted, not listed', () => {
  assert.equal(absentOptions({ text: config, requested }), ['F']);
  const { unmet, unknown } = configDifference({ text: config, requested, base: undefined, generated: undefined, known: new Set() });
  assert.equal([unknown, unmet.filter((line) => line.includes('_F'))], [1, []]);
});

test('in words', () => {
  const text = (difference: Parameters<typeof differenceText>[1]) => differenceText({ fragments: ['kernel.config', 'a'] }, difference);
  assert.is(text({ unknown: 3, unmet: ['x'], edited: ['y'] }), '# Fragments: kernel.config, a\n# What they ask for and .config does not have:\nx\n# This kernel does not have 3 of the options that they ask for.\n# What was edited since kloop generated it:\ny\n');
  assert.is(text({ unknown: 0, unmet: [], edited: [] }), '# Fragments: kernel.config, a\n# .config has all that they ask for.\n# Nothing was edited since kloop generated it.\n');
  assert.match(text({ unknown: 0, unmet: [], edited: undefined }), 'kloop did not generate this .config');
});

test.run();
