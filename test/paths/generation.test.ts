/** Which Multipath TCP a kernel has. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { generationOf, whyPlainTcp } from '../../tasks/paths/generation.ts';

test('by its configuration', () => {
  assert.is(generationOf(undefined), undefined);
  assert.is(generationOf('# CONFIG_MPTCP is not set\n'), 'none');
  assert.is(generationOf('CONFIG_MPTCP=y\nCONFIG_INET_MPTCP_DIAG=y\nCONFIG_MPTCP_IPV6=y\n'), 'upstream');
  assert.is(generationOf('CONFIG_MPTCP=y\nCONFIG_MPTCP_PM_ADVANCED=y\n'), 'out of tree');
  assert.is(generationOf('CONFIG_MPTCP=y\n# CONFIG_MPTCP_SCHED_ADVANCED is not set\n'), 'out of tree');
});

test('two that do not speak to each other', () => {
  assert.is(whyPlainTcp('upstream', 'upstream'), undefined);
  assert.is(whyPlainTcp(undefined, 'none'), undefined);
  assert.is(whyPlainTcp('out of tree', 'upstream'), "no Multipath TCP: the VM's kernel has the one out of tree, the peer's has the one of upstream. Connections fall back to TCP");
  assert.match(whyPlainTcp('none', 'none') ?? '', 'has none');
});

test.run();
