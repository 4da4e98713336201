/**
 * The loop, as one pure function: a state and what happened give the next
 * state and what is to be done. What happens in the world (files, make, QEMU,
 * the terminal, the clock) is told to it and asked by it, in loop.ts.
 *
 * Two things go on side by side, for the old VM lives until the new kernel is
 * built, and a build may begin while a VM boots:
 *
 *  work
 *            changed              quiet, and not paused
 *   watching ───────▶ settling ─────────────────────────▶ building ◀── start
 *     ▲  ▲             │  ▲  ▲ └─ changed ─┐                │  │  │
 *     │  │ only the    │  │  └─────────────┘                │  │  │ changed,
 *     │  │ command     │  │ the given-up build has ended    │  │  │ rebuild
 *     │  └─────────────┘  └───────────────── cancelling ◀───┼──┼──┘
 *     └────────────────────────── built, or build failed ───┘  │
 *                      ▲ something came meanwhile that may matter
 *                      └───────────────────────────────────────┘
 *  vm
 *   none ─ boot ─▶ booting ── up ──▶ running ─ command ended ─▶ idle
 *    ▲                │               │  ▲  │                   │  │
 *    │                │               │  │  └ shell ended ┐     │  │
 *    │                │               │  └─────── run ────┼─────┘  │
 *    └───── lost ─────┴───── lost ────┴───────────────────┴─ lost ─┘
 *   Where only modules changed, a VM that is idle or running is `swapping` until
 *   they are exchanged, and runs on; where that cannot be, it boots.
 *   A newer kernel, or a key, boots from wherever the VM is; so does a rerun after
 *   the kernel has complained. What it complains of after its run's verdict changes
 *   that verdict.
 *
 * What cannot happen throws: it is a bug of loop.ts or of this table.
 */
import { mergeChanges, outdatesBuild, type WatchedChange } from './files/change.ts';
import { machineFailure } from '../machine/reasons.ts';
import type { Key } from './terminal/keys.ts';
import type { Effect, Input, Options, PauseReason, State, Step, Vm, Work } from './state.ts';
import type { Run, Verdict } from './run.ts';

/** No burst of saves delays a build for longer after its last save. Ms. */
const longestSettleMs = 800;

export function begin(options: Options): State {
  return {
    options, work: { at: 'watching' }, vm: { at: 'none' }, pauses: new Set(),
    settleMs: options.settleMs, built: false, bootable: false, runs: 0, over: false,
  };
}

/** `now` is in ms, of a clock that does not jump. */
export function step(state: State, input: Input, now: number): Step {
  if (state.over) return { state, effects: [] };
  switch (input.is) {
    case 'start': {
      if (state.work.at !== 'watching' || state.runs > 0) impossible(state, input);
      return startBuild(state, { changes: [], cause: 'start', savedAt: now, force: false }, now);
    }
    case 'changed': return changed(state, input.changes, now);
    case 'pause': return pause(state, input.why, input.on, now);
    case 'timer': return timer(state, input, now);
    case 'built': return built(state, input, now);
    case 'build-failed': return buildFailed(state, input, now);
    case 'begun': {
      if (state.vm.at !== 'booting' || state.vm.run.number !== input.run) impossible(state, input);
      return { state: { ...state, vm: { at: 'booting', run: { ...state.vm.run, begunAt: now } } }, effects: [] };
    }
    case 'swapped': return swapped(state, input, now);
    case 'not-swapped': return notSwapped(state, input, now);
    case 'up': return up(state, input, now);
    case 'command-ended': return commandEnded(state, input, now);
    case 'complained': return complained(state, input, now);
    case 'shell-ended': {
      if ((state.vm.at !== 'running' && state.vm.at !== 'swapping') || state.vm.run.number !== input.run) impossible(state, input);
      return { state: { ...state, vm: { at: 'none' } }, effects: [{ do: 'say', what: { notice: 'shell-ended' } }] };
    }
    case 'lost': return lost(state, input, now);
    case 'key': return key(state, input.key, now);
  }
}

function impossible(state: State, input: Input): never {
  throw new Error(`'${input.is}' cannot happen while work is ${state.work.at} and the VM is ${state.vm.at}`);
}

// --- saves --------------------------------------------------------------------

function changed(state: State, changes: readonly WatchedChange[], now: number): Step {
  if (changes.length === 0) return { state, effects: [] };
  const { work } = state;
  switch (work.at) {
    case 'watching': return settle(state, { changes, changedAt: now });
    case 'settling': return settle(state, { changes: mergeChanges(work.changes, changes), changedAt: now, run: work.run });
    case 'building': {
      if (!changes.some(outdatesBuild)) {
        // A new script is what the new VM will start from anyway.
        const commands = mergeChanges(work.changes, changes.filter((change) => change.kind === 'command'));
        const late = mergeChanges(work.late, changes.filter((change) => change.kind === 'perhaps'));
        return { state: { ...state, work: { ...work, changes: commands, late } }, effects: [] };
      }
      return {
        state: {
          ...state,
          settleMs: Math.min(longestSettleMs, state.settleMs * 2),
          work: { at: 'cancelling', run: work.run, changes: mergeChanges([...work.changes, ...work.late], changes), changedAt: now, force: false },
        },
        effects: [{ do: 'cancel-build' }],
      };
    }
    case 'cancelling':
      return { state: { ...state, work: { ...work, changes: mergeChanges(work.changes, changes), changedAt: now } }, effects: [] };
  }
}

interface Settling {
  readonly changes: readonly WatchedChange[];
  readonly changedAt: number;
  readonly run?: Run | undefined;
}

function settle(state: State, { changes, changedAt, run }: Settling): Step {
  return {
    state: { ...state, work: { at: 'settling', changes, changedAt, due: false, ...(run === undefined ? {} : { run }) } },
    effects: [{ do: 'timer', at: changedAt + state.settleMs }],
  };
}

function timer(state: State, input: Input, now: number): Step {
  const { work } = state;
  if (work.at !== 'settling' || work.due) impossible(state, input);
  const [why] = state.pauses;
  if (why === undefined) return begun(state, work, now);
  return {
    state: { ...state, work: { ...work, due: true } },
    effects: [{ do: 'say', what: { notice: 'paused', why, changes: work.changes } }],
  };
}

function pause(state: State, why: PauseReason, on: boolean, now: number): Step {
  if (state.pauses.has(why) === on) return { state, effects: [] };
  const pauses = new Set(state.pauses);
  if (on) pauses.add(why);
  else pauses.delete(why);
  const next = { ...state, pauses };
  const { work } = next;
  // A tree that is away cannot be built; what make says of it means nothing.
  if (on && why === 'away' && work.at === 'building') {
    return {
      state: { ...next, work: { at: 'cancelling', run: work.run, changes: work.changes, changedAt: now, force: false } },
      effects: [{ do: 'cancel-build' }],
    };
  }
  const effects: Effect[] = why === 'git' ? [] : [on
    ? { do: 'say', what: { notice: 'paused', why, changes: [] } }
    : { do: 'say', what: { notice: 'resumed', why } }];
  if (on || pauses.size > 0 || work.at !== 'settling' || !work.due) return { state: next, effects };
  // Git's last files may still be on their way: their quiet counts from here.
  const settled = settle(next, { ...work, changedAt: now });
  return { state: settled.state, effects: [...effects, ...settled.effects] };
}

/** The changes are complete: what do they ask for? */
function begun(state: State, work: Extract<Work, { at: 'settling' }>, now: number, asked = false): Step {
  const { changes, changedAt, run } = work;
  const clear: Effect = { do: 'timer', at: undefined };
  if (state.built && run === undefined && changes.every((change) => change.kind === 'command')) {
    const again = rerun({ ...state, work: { at: 'watching' } }, { cause: 'save', changes, savedAt: changedAt }, now);
    return { state: again.state, effects: [clear, ...again.effects] };
  }
  const built = startBuild(state, { changes, cause: run?.cause ?? 'save', savedAt: changedAt, force: false, run, asked }, now);
  return { state: built.state, effects: [clear, ...built.effects] };
}

// --- the build ------------------------------------------------------------------

interface BuildStart {
  readonly changes: readonly WatchedChange[];
  readonly cause: Run['cause'];
  readonly savedAt: number;
  readonly force: boolean;
  /** The run whose build was given up. */
  readonly run?: Run | undefined;
  readonly asked?: boolean;
}

function startBuild(state: State, request: BuildStart, now: number): Step {
  const paths = request.changes.map((change) => change.path);
  const run: Run = request.run === undefined
    ? { number: state.runs + 1, cause: request.cause, changed: paths, savedAt: request.savedAt, restarts: 0, buildAt: now }
    : { ...request.run, changed: paths, savedAt: request.savedAt, restarts: request.run.restarts + 1, buildAt: now };
  return {
    state: { ...state, runs: Math.max(state.runs, run.number), work: { at: 'building', run, changes: request.changes, late: [], asked: request.asked ?? false } },
    effects: [{ do: 'build', run, changes: request.changes, force: request.force }],
  };
}

function built(state: State, input: Extract<Input, { is: 'built' }>, now: number): Step {
  const { work } = state;
  if (work.at === 'cancelling' && work.run.number === input.run) return cancelled({ ...state, bootable: true }, work, now);
  if (work.at !== 'building' || work.run.number !== input.run) impossible(state, input);
  const run: Run = { ...work.run, builtAt: now };
  const next: State = { ...state, built: true, bootable: true, settleMs: state.options.settleMs, work: { at: 'watching' } };
  return settleLate(afterBuild(next, input, { ...work, run }, now), work.late, now);
}

function afterBuild(state: State, { boots, modules = [] }: Extract<Input, { is: 'built' }>, { run, changes, asked }: Extract<Work, { at: 'building' }>, now: number): Step {
  if (boots) return bootsAs(state, run, modules.length > 0 ? 'more than modules changed' : undefined, now);
  if (modules.length > 0) return swap(state, run, modules, now);
  if (changes.some((change) => change.kind === 'command')) {
    return rerun(state, { cause: run.cause, changes, savedAt: run.savedAt, run }, now);
  }
  if (asked) return rerun(state, { cause: 'key', changes: [], savedAt: run.savedAt, run: { ...run, cause: 'key', changed: [] } }, now);
  // No run after all; its number goes to the next, unless a later one has come.
  return {
    state: { ...state, runs: run.number === state.runs ? run.number - 1 : state.runs },
    effects: [{ do: 'say', what: { notice: 'nothing-to-do', changes } }],
  };
}

function settleLate(step: Step, late: readonly WatchedChange[], now: number): Step {
  if (late.length === 0) return step;
  const settled = settle(step.state, { changes: late, changedAt: now });
  return { state: settled.state, effects: [...step.effects, ...settled.effects] };
}

function buildFailed(state: State, input: Extract<Input, { is: 'build-failed' }>, now: number): Step {
  const { work } = state;
  if (work.at === 'cancelling' && work.run.number === input.run) return cancelled(state, work, now);
  if (work.at !== 'building' || work.run.number !== input.run) impossible(state, input);
  return settleLate({
    state: { ...state, built: false, settleMs: state.options.settleMs, work: { at: 'watching' } },
    effects: [conclude({ ...work.run, builtAt: now }, { is: 'build-failed', failure: input.failure })],
  }, work.late, now);
}

/** The build that was given up has ended, in whatever way: on with what is new. */
function cancelled(state: State, work: Extract<Work, { at: 'cancelling' }>, now: number): Step {
  const { run, changes, changedAt } = work;
  if (work.force) return startBuild(state, { changes, cause: run.cause, savedAt: changedAt, force: true, run }, now);
  return settle({ ...state, built: false }, { changes, changedAt, run });
}

// --- the VM ---------------------------------------------------------------------

/** Its run has no verdict yet: what comes now takes its place. */
function supersede(vm: Vm, now: number): Effect[] {
  const open = vm.at === 'booting' || vm.at === 'swapping' && vm.run.endAt === undefined || vm.at === 'running' && vm.run.endAt === undefined;
  return open ? [conclude({ ...vm.run, endAt: now }, { is: 'superseded' })] : [];
}

function boot(state: State, run: Run, now: number): Step {
  const booting: Run = { ...run, bootAt: now };
  return {
    state: { ...state, runs: Math.max(state.runs, run.number), vm: { at: 'booting', run: booting } },
    effects: [...supersede(state.vm, now), { do: 'boot', run: booting }],
  };
}

/** A line says why, where else modules would have been exchanged. */
function bootsAs(state: State, run: Run, why: string | undefined, now: number): Step {
  const booted = boot(state, run, now);
  const swapped = state.options.swaps === true && (state.vm.at === 'idle' || state.vm.at === 'running');
  return why === undefined || !swapped ? booted : { ...booted, effects: [{ do: 'say', what: { notice: 'boots', run: run.number, why } }, ...booted.effects] };
}

/** Modules that are others now: exchanged, where there is a VM whose kernel has not complained and the person wants it so. */
function swap(state: State, run: Run, modules: readonly string[], now: number): Step {
  const { vm } = state;
  const alive = (vm.at === 'idle' || vm.at === 'running') && vm.complained !== true;
  if (!alive || state.options.swaps !== true) return bootsAs(state, run, 'the kernel has complained', now);
  const swapping: Run = { ...run, swapAt: now };
  return {
    state: { ...state, runs: Math.max(state.runs, run.number), vm: { at: 'swapping', run: swapping } },
    effects: [...supersede(vm, now), { do: 'swap', run: swapping, modules }],
  };
}

function swapped(state: State, input: Extract<Input, { is: 'swapped' }>, now: number): Step {
  const { vm } = state;
  if (vm.at !== 'swapping' || vm.run.number !== input.run) impossible(state, input);
  const run: Run = { ...vm.run, swappedAt: now, upAt: now, swapped: input.modules };
  if (state.options.mode === 'command') return { state: { ...state, vm: { at: 'running', run } }, effects: [{ do: 'run', run }] };
  return { state: { ...state, vm: { at: 'running', run: { ...run, endAt: now } } }, effects: [conclude(run, { is: 'up' })] };
}

function notSwapped(state: State, input: Extract<Input, { is: 'not-swapped' }>, now: number): Step {
  const { vm } = state;
  if (vm.at !== 'swapping' || vm.run.number !== input.run) impossible(state, input);
  const booting: Run = { ...vm.run, bootAt: now };
  return {
    state: { ...state, vm: { at: 'booting', run: booting } },
    effects: [{ do: 'say', what: { notice: 'boots', run: input.run, why: input.why } }, { do: 'boot', run: booting }],
  };
}

interface Again {
  readonly cause: Run['cause'];
  readonly changes: readonly WatchedChange[];
  readonly savedAt: number;
  readonly run?: Run | undefined;
}

/** The command once more: in the VM that runs, where there is one whose kernel has not complained and the person wants it so. */
function rerun(state: State, { cause, changes, savedAt, run }: Again, now: number): Step {
  const again: Run = run ?? {
    number: state.runs + 1, cause, changed: changes.map((change) => change.path), savedAt, restarts: 0,
  };
  const { vm } = state;
  const alive = (vm.at === 'idle' || vm.at === 'running') && vm.complained !== true;
  if (!alive || state.options.mode === 'shell' || state.options.rerun === 'reboot') return boot(state, again, now);
  return {
    state: { ...state, runs: Math.max(state.runs, again.number), vm: { at: 'running', run: { ...again, upAt: now } } },
    effects: [...supersede(vm, now), { do: 'run', run: { ...again, upAt: now } }],
  };
}

function up(state: State, input: Extract<Input, { is: 'up' }>, now: number): Step {
  const { vm } = state;
  if (vm.at !== 'booting' || vm.run.number !== input.run) impossible(state, input);
  const run: Run = { ...vm.run, upAt: now };
  if (state.options.mode === 'command') return { state: { ...state, vm: { at: 'running', run } }, effects: [] };
  const shown: Run = { ...run, endAt: now };
  return { state: { ...state, vm: { at: 'running', run: shown } }, effects: [conclude(run, { is: 'up' })] };
}

function commandEnded(state: State, input: Extract<Input, { is: 'command-ended' }>, now: number): Step {
  const { vm } = state;
  if (vm.at !== 'running' || vm.run.number !== input.run || state.options.mode !== 'command') impossible(state, input);
  const run: Run = { ...vm.run, endAt: now };
  const { status, splats, tests } = input;
  const told = tests === undefined ? {} : { tests };
  const more = { ...(splats.length === 0 ? {} : { splats }), ...told };
  const verdict: Verdict = status === 'timeout' ? { is: 'timed-out', ...more }
    : status !== 0 ? { is: 'failed', status, ...more } : splats.length > 0 ? { is: 'splat', splats } : { is: 'passed', ...told };
  const complained = splats.length > 0 || vm.complained === true;
  return { state: { ...state, vm: { at: 'idle', run, ...(complained ? { complained } : {}) } }, effects: [conclude(run, verdict)] };
}

/** Whatever the run's verdict was: it is one of a kernel that complains. */
function complained(state: State, input: Extract<Input, { is: 'complained' }>, now: number): Step {
  const { vm } = state;
  if (vm.at === 'none' || vm.run.number !== input.run || input.splats.length === 0) impossible(state, input);
  const after: Vm = vm.at === 'booting' || vm.at === 'swapping' ? vm : { ...vm, complained: true };
  return { state: { ...state, vm: after }, effects: [conclude({ ...vm.run, endAt: vm.run.endAt ?? now }, { is: 'splat', splats: input.splats })] };
}

function lost(state: State, input: Extract<Input, { is: 'lost' }>, now: number): Step {
  const { vm } = state;
  if (vm.at === 'none' || vm.run.number !== input.run) impossible(state, input);
  // A VM that goes after its command has ended had its verdict: its kernel's crash changes that.
  const crashed = machineFailure.is(input.failure, 'vm-lost') && ['oops', 'panic'].includes(input.failure.detail.verdict.kind);
  const effects: Effect[] = vm.at === 'idle' && !crashed ? [] : [conclude({ ...vm.run, endAt: now }, { is: 'lost', failure: input.failure })];
  return { state: { ...state, vm: { at: 'none' } }, effects };
}

function conclude(run: Run, verdict: Verdict): Effect {
  return { do: 'conclude', concluded: { run, verdict } };
}

// --- keys -----------------------------------------------------------------------

const say = (state: State, notice: 'no-kernel' | 'no-vm'): Step =>
  ({ state, effects: [{ do: 'say', what: { notice } }] });

function key(state: State, pressed: Key, now: number): Step {
  switch (pressed) {
    case 'reboot': return byKey(state, now, (run) => boot(state, run, now));
    case 'rerun': {
      // Somebody is in a hurry: what was saved counts as complete.
      if (state.work.at === 'settling' && state.pauses.size === 0) return begun(state, state.work, now, true);
      if (state.vm.at !== 'idle') return byKey(state, now, (run) => boot(state, run, now));
      return byKey(state, now, () => rerun(state, { cause: 'key', changes: [], savedAt: now }, now));
    }
    case 'rebuild': return rebuild(state, now);
    case 'pause': return pause(state, 'key', !state.pauses.has('key'), now);
    case 'shell': return state.vm.at === 'idle' || state.vm.at === 'running'
      ? { state, effects: [{ do: 'open-shell' }] }
      : say(state, 'no-vm');
    case 'log': case 'failures': case 'why': case 'help': return { state, effects: [{ do: 'show', what: pressed }] };
    case 'suspend': return { state, effects: [{ do: 'suspend' }] };
    case 'quit': return {
      state: { ...state, over: true },
      effects: [...(state.work.at === 'building' ? [{ do: 'cancel-build' } as const] : []), { do: 'timer', at: undefined }, { do: 'quit' }],
    };
  }
}

function byKey(state: State, now: number, go: (run: Run) => Step): Step {
  if (!state.bootable) return say(state, 'no-kernel');
  return go({ number: state.runs + 1, cause: 'key', changed: [], savedAt: now, restarts: 0 });
}

function rebuild(state: State, now: number): Step {
  const { work } = state;
  if (state.pauses.has('away')) return { state, effects: [{ do: 'say', what: { notice: 'paused', why: 'away', changes: [] } }] };
  switch (work.at) {
    case 'watching': return startBuild(state, { changes: [], cause: 'key', savedAt: now, force: true }, now);
    case 'settling': {
      const built = startBuild(state, { changes: work.changes, cause: work.run?.cause ?? 'save', savedAt: work.changedAt, force: true, run: work.run }, now);
      return { state: built.state, effects: [{ do: 'timer', at: undefined }, ...built.effects] };
    }
    case 'building': return {
      state: { ...state, work: { at: 'cancelling', run: work.run, changes: work.changes, changedAt: now, force: true } },
      effects: [{ do: 'cancel-build' }],
    };
    case 'cancelling': return { state: { ...state, work: { ...work, force: true } }, effects: [] };
  }
}
