/** Paths as they are now, and what changes them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink, plainProfile } from '../../tasks/paths/link.ts';
import { applyChange, listing, parseChange, type PathState } from '../../tasks/paths/state.ts';

const names = ['wifi', 'lte'];
const wrong = (text: string) => {
  const parsed = parseChange(text.split(' '), names);
  return 'wrong' in parsed ? parsed.wrong : 'right';
};

test('a change is read; a wrong one is refused, with what was meant', () => {
  assert.equal(parseChange(['set', 'lte', 'delay=120ms', 'loss=2%'], names), { value: { action: 'set', path: 'lte', values: ['delay=120ms', 'loss=2%'] } });
  assert.equal(parseChange(['cut', 'wifi'], names), { value: { action: 'cut', path: 'wifi', values: [] } });
  assert.is(wrong('cutt wifi'), "'cutt': expected one of set, cut, blackhole, fix; did you mean cut?");
  assert.is(wrong('cut wfi'), "no path is called 'wfi'; did you mean wifi? Paths: wifi, lte");
  assert.is(wrong('cut'), 'cut: which path? Paths: wifi, lte');
  assert.is(wrong('set lte'), 'set lte: what? For example: set lte delay=120ms');
  assert.is(wrong('fix lte now'), "fix lte: 'now' is too much");
});

const lte: PathState = { name: 'lte', place: 1, nic: 3, profile: plainProfile, is: 'up' };
const after = (state: PathState, ...words: string[]) => {
  const change = parseChange(words, names);
  if ('wrong' in change) throw new Error(change.wrong);
  const made = applyChange(state, change.value);
  if ('wrong' in made) throw new Error(made.wrong);
  return made.value;
};

test('what is listed: those over bridges, by the names that the VM has them by, and those to a peer', () => {
  assert.equal(listing([lte], [{ name: 'eth0', bridge: 'bridge0', profile: { down: { ...plainLink, delay: 5 }, up: plainLink } }]), [
    'PATH  IS  LIKE', 'eth0  up  down 5ms; up unshaped (over bridge0)', 'lte   up  unshaped',
  ]);
});

const queues = (shape: readonly string[]) => shape.filter((line) => line.startsWith('qdisc '));

test('the link goes down and comes back; what was set meanwhile is there then', () => {
  const cut = after(lte, 'cut', 'lte');
  assert.equal([cut.link, cut.state.is], [false, 'cut']);
  const set = after(cut.state, 'set', 'lte', 'up-delay=5ms');
  assert.equal([set.link, set.state.profile], [false, { down: plainLink, up: { ...plainLink, delay: 5 } }]);
  const fixed = after(set.state, 'fix', 'lte');
  assert.equal([fixed.link, fixed.state.is], [true, 'up']);
  assert.match(fixed.shape[2] ?? '', /^qdisc replace dev up1 root netem limit \d+ delay 5000us rate 0bit$/);
});

test('a black hole takes everything, both ways, and remembers what it was', () => {
  const hole = after({ ...lte, profile: { down: { ...plainLink, loss: 0.1, burst: 3 }, up: plainLink } }, 'blackhole', 'lte');
  assert.equal([hole.link, hole.state.is, queues(hole.shape).every((line) => line.includes('loss 100% '))], [true, 'blackhole', true]);
  assert.ok(queues(after(hole.state, 'set', 'lte', 'rate=1mbit').shape).every((line) => line.includes('loss 100%')));
  assert.match(after(hole.state, 'fix', 'lte').shape[1] ?? '', 'gemodel');
});

test('values that contradict what the path is like', () => {
  assert.equal(applyChange(lte, { action: 'set', path: 'lte', values: ['jitter=5ms'] }), { wrong: 'a jitter of 5ms is more than the delay of 0ms' });
});

test.run();
