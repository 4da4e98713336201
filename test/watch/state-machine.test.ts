import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WatchedChange, ChangeKind } from '../../tasks/watch/files/change.ts';
import { begin, step } from '../../tasks/watch/state-machine.ts';
import type { Effect, Input, Options, State } from '../../tasks/watch/state.ts';
import type { Splat } from '../../tasks/console/splat.ts';
import { machineFailure } from '../../tasks/machine/reasons.ts';
import { interruption } from '../../tasks/report/interrupted.ts';

const splat: Splat = { kind: 'warning', title: 'WARNING in f', lines: ['WARNING: …'], frames: [] };
const why = interruption({ reason: 'interrupted', signal: 'SIGINT' });

/** A loop whose clock ticks by hand, and whose timer fires when the clock passes it. */
class Hand {
  state: State;
  now = 1000;
  timer: number | undefined;
  done: Effect[] = [];

  constructor(options: Partial<Options> = {}) {
    this.state = begin({ mode: 'command', settleMs: 50, rerun: 'session', ...options });
  }

  /** Gives an input; returns what was asked for, in short. */
  give(input: Input): string[] {
    const made = step(this.state, input, this.now);
    this.state = made.state;
    for (const effect of made.effects) if (effect.do === 'timer') this.timer = effect.at;
    this.done = [...made.effects];
    return made.effects.map(short).filter((text) => text !== '');
  }

  save(path = 'net/a.c', kind: ChangeKind = 'source'): string[] {
    return this.give({ is: 'changed', changes: [{ path, kind }] });
  }

  /** Lets time pass; the timer fires where it is due. */
  tick(ms: number): string[] {
    const until = this.now + ms;
    const asked: string[] = [];
    while (this.timer !== undefined && this.timer <= until) {
      this.now = this.timer;
      this.timer = undefined;
      asked.push(...this.give({ is: 'timer' }));
    }
    this.now = until;
    return asked;
  }

  get where(): string {
    return `${this.state.work.at}/${this.state.vm.at}`;
  }

  /** To the first command running. */
  started(): this {
    this.give({ is: 'start' });
    this.give({ is: 'built', run: 1, boots: true });
    this.give({ is: 'up', run: 1 });
    return this;
  }

  /** To the first command's end. */
  ready(status = 0): this {
    this.started();
    this.give({ is: 'command-ended', run: 1, status, splats: [] });
    return this;
  }
}

function short(effect: Effect): string {
  switch (effect.do) {
    case 'timer': return '';
    case 'build': return `build ${effect.run.number}${effect.force ? ' forced' : ''}: ${effect.changes.map((change) => change.path).join(' ')}`.trim();
    case 'boot': case 'run': return `${effect.do} ${effect.run.number}`;
    case 'swap': return `swap ${effect.run.number}: ${effect.modules.join(' ')}`;
    case 'conclude': return `${effect.concluded.run.number} ${effect.concluded.verdict.is}`;
    case 'say': return `say ${effect.what.notice}`;
    case 'show': return `show ${effect.what}`;
    case 'cancel-build': case 'open-shell': case 'suspend': case 'quit': return effect.do;
  }
}

test('from the start to the first verdict', () => {
  const loop = new Hand();
  assert.equal(loop.give({ is: 'start' }), ['build 1:']);
  assert.is(loop.where, 'building/none');
  assert.equal(loop.give({ is: 'built', run: 1, boots: true }), ['boot 1']);
  assert.is(loop.where, 'watching/booting');
  assert.equal(loop.give({ is: 'up', run: 1 }), []);
  assert.is(loop.where, 'watching/running');
  assert.equal(loop.give({ is: 'command-ended', run: 1, status: 0, splats: [] }), ['1 passed']);
  assert.is(loop.where, 'watching/idle');
});

test('verdicts of a command', () => {
  for (const [status, verdict] of [[0, '1 passed'], [3, '1 failed'], ['timeout', '1 timed-out']] as const) {
    assert.equal(new Hand().started().give({ is: 'command-ended', run: 1, status, splats: [] }), [verdict]);
  }
});

test('shell mode: the verdict is the shell', () => {
  const loop = new Hand({ mode: 'shell' });
  loop.give({ is: 'start' });
  loop.give({ is: 'built', run: 1, boots: true });
  assert.equal(loop.give({ is: 'up', run: 1 }), ['1 up']);
  assert.equal(loop.give({ is: 'shell-ended', run: 1 }), ['say shell-ended']);
  assert.is(loop.where, 'watching/none');
});

test('a save settles, then builds; the old VM lives until the new kernel is built', () => {
  const loop = new Hand().ready();
  assert.equal(loop.save(), []);
  assert.is(loop.where, 'settling/idle');
  assert.equal(loop.tick(49), []);
  assert.equal(loop.tick(1), ['build 2: net/a.c']);
  assert.is(loop.where, 'building/idle');
  assert.equal(loop.give({ is: 'built', run: 2, boots: true }), ['boot 2']);
});

test('one save is one build, however many events it makes', () => {
  const loop = new Hand().ready();
  for (let i = 0; i < 20; i++) {
    loop.save();
    assert.equal(loop.tick(49), []);
  }
  assert.equal(loop.tick(1), ['build 2: net/a.c']);
});

test('a save during a build gives it up, and starts from what is new when it has ended', () => {
  const loop = new Hand().ready();
  loop.save('a.c');
  loop.tick(50);
  assert.equal(loop.save('b.c'), ['cancel-build']);
  assert.is(loop.where, 'cancelling/idle');
  assert.equal(loop.save('c.c'), []);
  assert.equal(loop.give({ is: 'build-failed', run: 2, failure: why }), []);
  assert.is(loop.where, 'settling/idle');
  assert.equal(loop.tick(100), ['build 2: a.c b.c c.c']);
  loop.give({ is: 'built', run: 2, boots: true });
  loop.give({ is: 'up', run: 2 });
  loop.tick(200);
  loop.give({ is: 'command-ended', run: 2, status: 0, splats: [] });
  const [effect] = loop.done;
  assert.ok(effect?.do === 'conclude');
  assert.is(effect.concluded.run.restarts, 1);
  assert.equal(effect.concluded.run.changed, ['a.c', 'b.c', 'c.c']);
});

test('a build that ends well although it was given up is built again: its kernel lacks the save', () => {
  const loop = new Hand().ready();
  loop.save();
  loop.tick(50);
  loop.save();
  assert.equal(loop.give({ is: 'built', run: 2, boots: true }), []);
  assert.equal(loop.tick(100), ['build 2: net/a.c']);
});

test('a burst of saves slower than the settling starts ever fewer builds', () => {
  const loop = new Hand({ settleMs: 20 }).ready();
  let builds = 0;
  for (let i = 0; i < 20; i++) {
    if (loop.save().includes('cancel-build')) loop.give({ is: 'build-failed', run: 2, failure: why });
    builds += loop.tick(50).filter((text) => text.startsWith('build')).length;
  }
  builds += loop.tick(1000).length;
  assert.is(builds, 3);
  loop.give({ is: 'built', run: 2, boots: true });
  assert.is(loop.state.settleMs, 20);
});

test('a compile error leaves the VM; the next good save fixes it', () => {
  const loop = new Hand().ready();
  loop.save();
  loop.tick(50);
  assert.equal(loop.give({ is: 'build-failed', run: 2, failure: why }), ['2 build-failed']);
  assert.is(loop.where, 'watching/idle');
  loop.save();
  assert.equal(loop.tick(50), ['build 3: net/a.c']);
  assert.equal(loop.give({ is: 'built', run: 3, boots: true }), ['boot 3']);
});

test('git at work: one build, a quiet after its lock is gone', () => {
  const loop = new Hand().ready();
  loop.give({ is: 'pause', why: 'git', on: true });
  for (let i = 0; i < 1000; i++) loop.save(`f${i}.c`);
  assert.equal(loop.tick(5000), ['say paused']);
  assert.is(loop.where, 'settling/idle');
  assert.equal(loop.give({ is: 'pause', why: 'git', on: false }), []);
  assert.equal(loop.tick(49), []);
  const [build] = loop.tick(1);
  assert.ok(build?.startsWith('build 2: f0.c f1.c'));
});

test("git's lock that goes before the quiet is over delays nothing", () => {
  const loop = new Hand().ready();
  loop.give({ is: 'pause', why: 'git', on: true });
  loop.save();
  loop.tick(20);
  loop.give({ is: 'pause', why: 'git', on: false });
  assert.equal(loop.tick(30), ['build 2: net/a.c']);
});

test('a checkout during a build gives the build up and waits for git', () => {
  const loop = new Hand().ready();
  loop.save();
  loop.tick(50);
  loop.give({ is: 'pause', why: 'git', on: true });
  assert.equal(loop.save('b.c'), ['cancel-build']);
  loop.give({ is: 'build-failed', run: 2, failure: why });
  assert.equal(loop.tick(1000), ['say paused']);
  loop.give({ is: 'pause', why: 'git', on: false });
  assert.equal(loop.tick(1000), ['build 2: net/a.c b.c']);
});

test('paused: saves wait, and are built together afterwards', () => {
  const loop = new Hand().ready();
  assert.equal(loop.give({ is: 'key', key: 'pause' }), ['say paused']);
  loop.save('a.c');
  loop.tick(1000);
  loop.save('b.c');
  loop.tick(1000);
  assert.equal(loop.give({ is: 'key', key: 'pause' }), ['say resumed']);
  assert.equal(loop.tick(50), ['build 2: a.c b.c']);
});

test('two pauses: both must end', () => {
  const loop = new Hand().ready();
  loop.give({ is: 'key', key: 'pause' });
  loop.give({ is: 'pause', why: 'git', on: true });
  loop.save();
  loop.tick(100);
  assert.equal(loop.give({ is: 'pause', why: 'git', on: false }), []);
  assert.equal(loop.tick(100), []);
  loop.give({ is: 'key', key: 'pause' });
  assert.equal(loop.tick(100), ['build 2: net/a.c']);
});

test('the tree goes away during a build, and comes back', () => {
  const loop = new Hand().ready();
  loop.save();
  loop.tick(50);
  assert.equal(loop.give({ is: 'pause', why: 'away', on: true }), ['cancel-build']);
  loop.give({ is: 'build-failed', run: 2, failure: why });
  assert.equal(loop.tick(5000), ['say paused']);
  assert.equal(loop.give({ is: 'key', key: 'rebuild' }), ['say paused']);
  assert.equal(loop.give({ is: 'pause', why: 'away', on: false }), ['say resumed']);
  assert.equal(loop.tick(50), ['build 2: net/a.c']);
});

test('only the command changed: no build; it runs again in the VM that runs', () => {
  const loop = new Hand().ready();
  loop.save('test.sh', 'command');
  assert.equal(loop.tick(50), ['run 2']);
  assert.is(loop.where, 'watching/running');
  assert.equal(loop.give({ is: 'command-ended', run: 2, status: 1, splats: [] }), ['2 failed']);
});

test('only the command changed, and it still runs: the old run has no verdict', () => {
  const loop = new Hand().started();
  loop.save('test.sh', 'command');
  assert.equal(loop.tick(50), ['1 superseded', 'run 2']);
});

test('only the command changed: a new VM where the setting says so, or none runs', () => {
  const reboots = new Hand({ rerun: 'reboot' }).ready();
  reboots.save('test.sh', 'command');
  assert.equal(reboots.tick(50), ['boot 2']);
  const gone = new Hand().ready();
  gone.give({ is: 'lost', run: 1, failure: why });
  gone.save('test.sh', 'command');
  assert.equal(gone.tick(50), ['boot 2']);
});

test('the command changed together with a source, or while it built: one boot', () => {
  const loop = new Hand().ready();
  loop.save('test.sh', 'command');
  loop.save('a.c');
  assert.equal(loop.tick(50), ['build 2: test.sh a.c']);
  assert.equal(loop.save('test2.sh', 'command'), []);
  assert.equal(loop.give({ is: 'built', run: 2, boots: true }), ['boot 2']);
});

test('the command changed, and the source only seemed to: it runs again', () => {
  const loop = new Hand().ready();
  loop.save('test.sh', 'command');
  loop.save('a.c', 'perhaps');
  assert.equal(loop.tick(50), ['build 2: test.sh a.c']);
  assert.equal(loop.give({ is: 'built', run: 2, boots: false }), ['run 2']);
});

test('what only may matter does not disturb a build; the graph is asked after it', () => {
  const loop = new Hand().ready();
  loop.save();
  loop.tick(50);
  assert.equal(loop.save('new.c', 'perhaps'), []);
  assert.equal(loop.give({ is: 'built', run: 2, boots: true }), ['boot 2']);
  assert.is(loop.where, 'settling/booting');
  assert.equal(loop.tick(50), ['build 3: new.c']);
  assert.equal(loop.give({ is: 'built', run: 3, boots: false }), ['say nothing-to-do']);
  assert.is(loop.where, 'watching/booting');
});

test('a run that came to nothing gives its number back', () => {
  const loop = new Hand().ready();
  loop.save('new.c', 'perhaps');
  loop.tick(50);
  loop.give({ is: 'built', run: 2, boots: false });
  loop.save();
  assert.equal(loop.tick(50), ['build 2: net/a.c']);
});

test('a newer kernel takes the place of a boot, and of a command that still runs', () => {
  const loop = new Hand().started();
  loop.save();
  loop.tick(50);
  assert.equal(loop.give({ is: 'built', run: 2, boots: true }), ['1 superseded', 'boot 2']);
  loop.save();
  loop.tick(50);
  assert.equal(loop.give({ is: 'built', run: 3, boots: true }), ['2 superseded', 'boot 3']);
});

test('shell mode: a new kernel ends the old shell, which had its verdict', () => {
  const loop = new Hand({ mode: 'shell' });
  loop.give({ is: 'start' });
  loop.give({ is: 'built', run: 1, boots: true });
  loop.give({ is: 'up', run: 1 });
  loop.save();
  loop.tick(50);
  assert.equal(loop.give({ is: 'built', run: 2, boots: true }), ['boot 2']);
});

test('a panic at boot or under the command is a failed run, not the end', () => {
  const atBoot = new Hand();
  atBoot.give({ is: 'start' });
  atBoot.give({ is: 'built', run: 1, boots: true });
  assert.equal(atBoot.give({ is: 'lost', run: 1, failure: why }), ['1 lost']);
  assert.is(atBoot.where, 'watching/none');
  atBoot.save();
  assert.equal(atBoot.tick(50), ['build 2: net/a.c']);
  const running = new Hand().started();
  assert.equal(running.give({ is: 'lost', run: 1, failure: why }), ['1 lost']);
});

test('a VM that goes after its verdict changes nothing of it', () => {
  const loop = new Hand().ready();
  assert.equal(loop.give({ is: 'lost', run: 1, failure: why }), []);
  assert.is(loop.where, 'watching/none');
});

test('Enter while changes settle that come to nothing: the command runs all the same', () => {
  const loop = new Hand().ready();
  loop.save('', 'perhaps');
  assert.equal(loop.give({ is: 'key', key: 'rerun' }).map((text) => text.replace(/:.*/, '')), ['build 2']);
  assert.equal(loop.give({ is: 'built', run: 2, boots: false }), ['run 2']);
  assert.is(loop.give({ is: 'command-ended', run: 2, status: 0, splats: [] }).length, 1);
  // Without it nothing is said to have happened.
  loop.save('', 'perhaps');
  loop.tick(50);
  assert.not.equal(loop.give({ is: 'built', run: 3, boots: false }), ['run 3']);
});

test('keys: reboot, rerun, rebuild', () => {
  const loop = new Hand().ready();
  assert.equal(loop.give({ is: 'key', key: 'reboot' }), ['boot 2']);
  assert.equal(loop.give({ is: 'key', key: 'reboot' }), ['2 superseded', 'boot 3']);
  loop.give({ is: 'up', run: 3 });
  loop.give({ is: 'command-ended', run: 3, status: 0, splats: [] });
  assert.equal(loop.give({ is: 'key', key: 'rerun' }), ['run 4']);
  assert.equal(loop.give({ is: 'key', key: 'rebuild' }), ['build 5 forced:']);
  // The last good kernel is kept: it boots also while the next is built.
  assert.equal(loop.give({ is: 'key', key: 'reboot' }), ['4 superseded', 'boot 6']);
  assert.equal(loop.give({ is: 'key', key: 'rebuild' }), ['cancel-build']);
  assert.equal(loop.give({ is: 'key', key: 'rebuild' }), []);
  assert.equal(loop.give({ is: 'build-failed', run: 5, failure: why }), ['build 5 forced:']);
});

test('keys: in a hurry, Enter ends the settling; rebuild also while git is at work or watching is paused', () => {
  const loop = new Hand().ready();
  loop.save();
  assert.equal(loop.give({ is: 'key', key: 'rerun' }), ['build 2: net/a.c']);
  assert.is(loop.timer, undefined);
  const paused = new Hand().ready();
  paused.give({ is: 'pause', why: 'git', on: true });
  paused.save();
  paused.tick(100);
  assert.equal(paused.give({ is: 'key', key: 'rebuild' }), ['build 2 forced: net/a.c']);
});

test('keys: after a compile error the last good kernel can be booted again', () => {
  const loop = new Hand().ready();
  loop.save();
  loop.tick(50);
  loop.give({ is: 'build-failed', run: 2, failure: why });
  assert.equal(loop.give({ is: 'key', key: 'reboot' }), ['boot 3']);
  // The command is no reason to run an old kernel as if it were the new one.
  loop.save('test.sh', 'command');
  assert.equal(loop.tick(50), ['build 4: test.sh']);
});

test('keys: no kernel, no VM', () => {
  const loop = new Hand();
  loop.give({ is: 'start' });
  assert.equal(loop.give({ is: 'key', key: 'shell' }), ['say no-vm']);
  loop.give({ is: 'build-failed', run: 1, failure: why });
  assert.equal(loop.give({ is: 'key', key: 'reboot' }), ['say no-kernel']);
  assert.equal(loop.give({ is: 'key', key: 'rerun' }), ['say no-kernel']);
  assert.equal(loop.give({ is: 'key', key: 'rebuild' }), ['build 2 forced:']);
});

test('keys: what only shows, the shell, the suspension', () => {
  const loop = new Hand().ready(1);
  for (const key of ['log', 'failures', 'why', 'help'] as const) assert.equal(loop.give({ is: 'key', key }), [`show ${key}`]);
  assert.equal(loop.give({ is: 'key', key: 'shell' }), ['open-shell']);
  assert.equal(loop.give({ is: 'key', key: 'suspend' }), ['suspend']);
});

test('quit ends what runs, and nothing happens after it', () => {
  const loop = new Hand().ready();
  loop.save();
  loop.tick(50);
  assert.equal(loop.give({ is: 'key', key: 'quit' }), ['cancel-build', 'quit']);
  assert.equal(loop.give({ is: 'build-failed', run: 2, failure: why }), []);
  assert.equal(loop.save(), []);
});

test('what cannot happen throws, in every state', () => {
  const change: WatchedChange = { path: 'a.c', kind: 'source' };
  const states: Record<string, () => Hand> = {
    'watching/none': () => new Hand(),
    'settling/none': () => { const h = new Hand(); h.give({ is: 'changed', changes: [change] }); return h; },
    'building/none': () => { const h = new Hand(); h.give({ is: 'start' }); return h; },
    'cancelling/none': () => { const h = new Hand(); h.give({ is: 'start' }); h.save(); return h; },
    'watching/booting': () => { const h = new Hand(); h.give({ is: 'start' }); h.give({ is: 'built', run: 1, boots: true }); return h; },
    'watching/running': () => new Hand().started(),
    'watching/idle': () => new Hand().ready(),
  };
  const inputs: Record<string, Input> = {
    start: { is: 'start' },
    timer: { is: 'timer' },
    built: { is: 'built', run: 1, boots: true },
    'build-failed': { is: 'build-failed', run: 1, failure: why },
    begun: { is: 'begun', run: 1 },
    up: { is: 'up', run: 1 },
    'command-ended': { is: 'command-ended', run: 1, status: 0, splats: [] },
    complained: { is: 'complained', run: 1, splats: [splat] },
    'shell-ended': { is: 'shell-ended', run: 1 },
    lost: { is: 'lost', run: 1, failure: why },
  };
  const possible: Record<string, readonly string[]> = {
    'watching/none': ['start'],
    'settling/none': ['timer'],
    'building/none': ['built', 'build-failed'],
    'cancelling/none': ['built', 'build-failed'],
    'watching/booting': ['begun', 'up', 'lost', 'complained'],
    'watching/running': ['command-ended', 'shell-ended', 'lost', 'complained'],
    'watching/idle': ['lost', 'complained'],
  };
  for (const [name, make] of Object.entries(states)) {
    assert.is(make().where, name);
    for (const [input, value] of Object.entries(inputs)) {
      const run = () => make().give(value);
      if (possible[name]?.includes(input)) assert.not.throws(run, undefined, `${name} ${input}`);
      else assert.throws(run, /cannot happen/, `${name} ${input}`);
    }
    // Another run's end is nobody's.
    assert.throws(() => make().give({ is: 'built', run: 99, boots: true }), /cannot happen/);
    assert.throws(() => make().give({ is: 'up', run: 99 }), /cannot happen/);
    // Saves, pauses and keys may come at any time.
    for (const key of ['reboot', 'rebuild', 'pause', 'shell', 'log', 'rerun', 'why', 'help', 'suspend', 'failures', 'quit'] as const) make().give({ is: 'key', key });
    for (const reason of ['git', 'away', 'key'] as const) make().give({ is: 'pause', why: reason, on: true });
    make().give({ is: 'changed', changes: [change] });
  }
});

test('a kernel that complains fails the run, whatever the status', () => {
  const ended = (status: number | 'timeout') => new Hand().started().give({ is: 'command-ended', run: 1, status, splats: [splat] });
  assert.equal(ended(0), ['1 splat']);
  assert.equal(ended(3), ['1 failed']);
  assert.equal(ended('timeout'), ['1 timed-out']);
  const loop = new Hand().started();
  loop.give({ is: 'command-ended', run: 1, status: 3, splats: [splat] });
  assert.equal(loop.done, [{ do: 'conclude', concluded: { run: { ...loop.state.vm.at === 'idle' ? loop.state.vm.run : undefined }, verdict: { is: 'failed', status: 3, splats: [splat] } } }]);
});

test('how the tests came out is told with the verdict', () => {
  const tests = { counts: { passed: 1, failed: 0, skipped: 0 }, failing: [], changes: { newlyFailing: [], newlyPassing: [], flaky: [], slower: [] } };
  const verdictOf = (status: number | 'timeout') => {
    const loop = new Hand().started();
    loop.give({ is: 'command-ended', run: 1, status, splats: [], tests });
    const [conclude] = loop.done;
    return conclude?.do === 'conclude' ? conclude.concluded.verdict : undefined;
  };
  assert.equal(verdictOf(0), { is: 'passed', tests });
  assert.equal(verdictOf(255), { is: 'failed', status: 255, tests });
  assert.equal(verdictOf('timeout'), { is: 'timed-out', tests });
});

test('it complains after its verdict: the verdict changes, the VM stays', () => {
  const loop = new Hand().ready();
  assert.equal(loop.give({ is: 'complained', run: 1, splats: [splat] }), ['1 splat']);
  assert.is(loop.where, 'watching/idle');
  const shell = new Hand({ mode: 'shell' }).started();
  assert.equal(shell.give({ is: 'complained', run: 1, splats: [splat] }), ['1 splat']);
  assert.is(shell.where, 'watching/running');
});

test('after it has complained the next run boots: what it says once it would not say again', () => {
  const rerun = { is: 'key', key: 'rerun' } as const;
  const effects = (loop: Hand) => { loop.give(rerun); return loop.done.map((effect) => effect.do); };
  assert.equal(effects(new Hand().ready()), ['run']);
  const later = new Hand().ready();
  later.give({ is: 'complained', run: 1, splats: [splat] });
  assert.equal(effects(later), ['boot']);
  const meanwhile = new Hand().started();
  meanwhile.give({ is: 'command-ended', run: 1, status: 0, splats: [splat] });
  assert.equal(effects(meanwhile), ['boot']);
});

test('a crash after the verdict changes it; a QEMU that was killed then does not', () => {
  const lost = (kind: 'oops' | 'silent') => machineFailure({ reason: 'vm-lost', verdict: kind === 'oops' ? { kind, line: 'x' } : { kind }, qemu: 'SIGKILL', tail: [], splats: [], log: '/log' });
  assert.equal(new Hand().ready().give({ is: 'lost', run: 1, failure: lost('oops') }), ['1 lost']);
  assert.equal(new Hand().ready().give({ is: 'lost', run: 1, failure: lost('silent') }), []);
});

/** A save that only made modules anew. */
function savedModule(loop: Hand, run: number, modules = ['tcp_bbr']): string[] {
  loop.save('net/ipv4/tcp_bbr.c');
  loop.tick(60);
  return loop.give({ is: 'built', run, boots: false, modules });
}

test('only modules changed: they are exchanged in the VM that runs, and the command runs again', () => {
  const loop = new Hand({ swaps: true }).ready();
  assert.equal(savedModule(loop, 2), ['swap 2: tcp_bbr']);
  assert.is(loop.where, 'watching/swapping');
  loop.now += 40;
  assert.equal(loop.give({ is: 'swapped', run: 2, modules: ['tcp_bbr'] }), ['run 2']);
  assert.equal(loop.give({ is: 'command-ended', run: 2, status: 0, splats: [] }), ['2 passed']);
  const [done] = loop.done;
  assert.ok(done?.do === 'conclude');
  const { run } = done.concluded;
  assert.equal([run.swapped, (run.swappedAt ?? 0) - (run.swapAt ?? 0), run.bootAt], [['tcp_bbr'], 40, undefined]);
});

test('a command that still runs is superseded by the exchange', () => {
  const loop = new Hand({ swaps: true }).started();
  assert.equal(savedModule(loop, 2), ['1 superseded', 'swap 2: tcp_bbr']);
});

test('where it cannot be, the VM boots, and a line says why', () => {
  const loop = new Hand({ swaps: true }).ready();
  savedModule(loop, 2);
  assert.equal(loop.give({ is: 'not-swapped', run: 2, why: 'module xfs is in use' }), ['say boots', 'boot 2']);
  assert.is(loop.where, 'watching/booting');
});

test('an exchange that hangs is a failed run, and the next one boots', () => {
  const loop = new Hand({ swaps: true }).ready();
  savedModule(loop, 2);
  assert.equal(loop.give({ is: 'lost', run: 2, failure: why }), ['2 lost']);
  assert.equal(savedModule(loop, 3), ['boot 3']);
});

test('nothing is exchanged in a kernel that has complained, where a new VM is wanted each time, or together with vmlinux', () => {
  const complained = new Hand({ swaps: true }).started();
  complained.give({ is: 'command-ended', run: 1, status: 0, splats: [splat] });
  assert.equal(savedModule(complained, 2), ['say boots', 'boot 2']);
  assert.equal(savedModule(new Hand().ready(), 2), ['boot 2']);
  const both = new Hand({ swaps: true }).ready();
  both.save();
  both.tick(60);
  assert.equal(both.give({ is: 'built', run: 2, boots: true, modules: ['tcp_bbr'] }), ['say boots', 'boot 2']);
});

test('a newer build while they are exchanged boots', () => {
  const loop = new Hand({ swaps: true }).ready();
  savedModule(loop, 2);
  assert.equal(savedModule(loop, 3), ['2 superseded', 'boot 3']);
});

test('a shell goes on while modules are exchanged; where it ends meanwhile, its VM goes', () => {
  const loop = new Hand({ mode: 'shell', swaps: true });
  loop.give({ is: 'start' });
  loop.give({ is: 'built', run: 1, boots: true });
  loop.give({ is: 'up', run: 1 });
  assert.equal(savedModule(loop, 2), ['swap 2: tcp_bbr']);
  assert.equal(loop.give({ is: 'swapped', run: 2, modules: [] }), ['2 up']);
  assert.is(loop.where, 'watching/running');
  savedModule(loop, 3);
  assert.equal(loop.give({ is: 'shell-ended', run: 3 }), ['say shell-ended']);
  assert.is(loop.where, 'watching/none');
});

test.run();
