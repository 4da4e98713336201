/** What makes a VM the peer. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink, plainProfile } from '../../tasks/paths/link.ts';
import { inNamespace, peerProgram, shapeLines } from '../../tasks/paths/peer-script.ts';
import { planPaths } from '../../tasks/paths/plan.ts';

const paths = planPaths([{ name: 'wifi', profile: plainProfile }, { name: 'lte', profile: { down: { ...plainLink, delay: 35 }, up: { ...plainLink, loss: 0.1 } } }]);

test('what comes down is queued at the NIC, what goes up at the servers\' side', () => {
  assert.equal(shapeLines({ name: 'lte', place: 1 }, paths[1]?.profile ?? plainProfile),
    ['offload lte up1 off', 'qdisc replace dev lte root netem limit 11146 delay 35000us rate 0bit', 'qdisc replace dev up1 root netem limit 8257 loss 10% rate 0bit']);
});

test('chance differs in the two directions', () => {
  const link = { ...plainLink, loss: 0.1, seed: 7 };
  assert.equal(shapeLines({ name: 'wifi', place: 0 }, { down: link, up: link }).map((line) => / seed \d+/.exec(line)?.[0]), [undefined, ' seed 7', ' seed 8']);
});

test('many frames go as one where nothing is shaped, in neither direction', () => {
  assert.is(shapeLines({ name: 'wifi', place: 0 }, plainProfile)[0], 'offload wifi up0 on');
  assert.is(shapeLines({ name: 'wifi', place: 0 }, { ...plainProfile, up: { ...plainLink, queue: 10 } })[0], 'offload wifi up0 off');
});

const plain = { multipath: { kind: 'subflow' }, scheduler: undefined, preload: undefined } as const;

test('each path is in what the peer is told', () => {
  const [program, name, preload, scheduler, itself, itself6, outside, shape, ...ends] = peerProgram(paths, { multipath: { kind: 'signal' }, scheduler: 'redundant', preload: '/a b/m.so', outside: '52:54 10.0.2.15/24 10.0.2.2' });
  assert.equal([program, name, preload, scheduler, itself, itself6, outside], ['/proc/1/exe', 'peer-run', '/a b/m.so', 'redundant', '198.18.0.1/32', '2001:2::1/128', '52:54 10.0.2.15/24 10.0.2.2']);
  assert.is(shape?.split('\n').length, 6);
  assert.equal(ends, ['wifi 0 198.18.1.1/24 1 2001:2:0:1::1/64', 'lte 1 198.18.2.1/24 1 2001:2:0:2::1/64']);
  assert.equal(peerProgram(paths, plain).slice(2, 4), ['', '']);
  assert.is(peerProgram(paths, plain).at(-1), 'lte 1 198.18.2.1/24 0 2001:2:0:2::1/64');
});

test('in the namespace of the servers', () => {
  assert.equal(inNamespace(['ls', '-l']), ['ip', 'netns', 'exec', 'peer', 'ls', '-l']);
});

test.run();
