/** kernel.config is one file for all versions: which lines count for which. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFor, parseFragment } from '../../tasks/kernel/config/text.ts';

const { requested, wrong } = parseFragment(readFileSync(join(import.meta.dirname, '../../kernel.config'), 'utf8'), 'kernel.config');

/** Which of these options are asked for in a version of Linux. */
function asked(version: string, options: readonly string[]): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return options.filter((option) => requested.some((one) => one.option === option && one.value === 'y' && isFor(one, { major, minor })));
}

test('it is one that Kconfig takes', () => {
  assert.equal(wrong, []);
});

test('NAT: before 5.1 by what selects it, before 4.19 with its connection tracking', () => {
  const nat = ['NF_CONNTRACK_IPV4', 'NF_CONNTRACK_IPV6', 'NF_NAT_IPV4', 'NF_NAT_IPV6', 'NFT_CHAIN_NAT_IPV4', 'NFT_CHAIN_NAT_IPV6'];
  assert.equal(asked('3.14', nat), nat);
  assert.equal(asked('4.14', nat), nat);
  assert.equal(asked('4.19', nat), nat.slice(2));
  assert.equal(asked('5.4', nat), []);
  assert.equal(asked('5.4', ['NF_NAT']), ['NF_NAT']);
});

test('x2APIC from 4.0 on, where it needs no driver of an IOMMU', () => {
  assert.equal(asked('3.14', ['X86_X2APIC']), []);
  assert.equal(asked('4.0', ['X86_X2APIC']), ['X86_X2APIC']);
  assert.equal(asked('6.18', ['X86_X2APIC']), ['X86_X2APIC']);
});

test.run();
