/** The commands that make a VM the peer. */
import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink, plainProfile } from '../../tasks/paths/link.ts';
import { inNamespace, servers, setUpScript, shapeLines } from '../../tasks/paths/peer-script.ts';
import { planPaths } from '../../tasks/paths/plan.ts';

const paths = planPaths([{ name: 'wifi', profile: plainProfile }, { name: 'lte', profile: { down: { ...plainLink, delay: 35 }, up: { ...plainLink, loss: 0.1 } } }]);

test('what comes down is queued at the NIC, what goes up at the servers\' side', () => {
  assert.equal(shapeLines({ name: 'lte', place: 1 }, paths[1]?.profile ?? plainProfile),
    ['qdisc replace dev lte root netem limit 11146 delay 35000us rate 0bit', 'qdisc replace dev up1 root netem limit 8257 loss 10% rate 0bit']);
});

test('a shell reads the script, and each path is in it', () => {
  const script = setUpScript(paths, { kind: 'signal' });
  execFileSync('sh', ['-n'], { input: script });
  for (const line of ['link set wifi master br0 up', 'link add up1 type veth peer name lte netns peer', 'addr add 198.18.2.1/24 dev lte', 'addr add 198.18.0.1/32 dev lo', 'mptcp endpoint add 198.18.2.1 dev lte signal']) {
    assert.match(script, `\n${line}\n`);
  }
  assert.not.match(setUpScript(paths, { kind: 'subflow' }), 'endpoint add');
  assert.not.match(setUpScript(paths, { kind: 'none' }), 'mptcp');
});

test('servers, in their namespace', () => {
  assert.equal(inNamespace(['ls', '-l']), ['ip', 'netns', 'exec', 'peer', 'ls', '-l']);
  assert.match(servers("/a b/m.so"), "LD_PRELOAD='/a b/m.so' iperf3 -s");
  assert.not.match(servers(undefined), 'LD_PRELOAD');
});

test.run();
