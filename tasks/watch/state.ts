/** The loop's words: the state it is in, what happens to it, and what it asks for. See state-machine.ts. */
import type { Splat } from '../console/splat.ts';
import type { Failure } from '../report/failure.ts';
import type { WatchedChange } from './files/change.ts';
import type { Key } from './terminal/keys.ts';
import type { Concluded, Run, Tested } from './run.ts';

/** Why changes wait: git is at work, the tree's directory is away, the person paused. */
export type PauseReason = 'git' | 'away' | 'key';

export type Work =
  | { readonly at: 'watching' }
  /** `run` is one whose build was given up for these changes. */
  | { readonly at: 'settling'; readonly changes: readonly WatchedChange[]; readonly changedAt: number; readonly due: boolean; readonly run?: Run }
  /**
   * `late`: came while it built and may matter; the graph is asked again when it has ended.
   * `asked`: the person wants a run, also where the changes come to nothing.
   */
  | { readonly at: 'building'; readonly run: Run; readonly changes: readonly WatchedChange[]; readonly late: readonly WatchedChange[]; readonly asked?: boolean }
  | { readonly at: 'cancelling'; readonly run: Run; readonly changes: readonly WatchedChange[]; readonly changedAt: number; readonly force: boolean };

export type Vm =
  | { readonly at: 'none' }
  | { readonly at: 'booting'; readonly run: Run }
  /** Modules are exchanged in it; a shell goes on meanwhile. */
  | { readonly at: 'swapping'; readonly run: Run }
  | { readonly at: 'running'; readonly run: Run; readonly complained?: boolean }
  /** `complained`: its kernel has. What it complains of once it does not say again, and lockdep may be off: the next run boots. */
  | { readonly at: 'idle'; readonly run: Run; readonly complained?: boolean };

export interface Options {
  readonly mode: 'shell' | 'command';
  /** Quiet for so long, and a save counts as complete. Ms. */
  readonly settleMs: number;
  /** Where the command's script changes: run it again in the VM that runs, or in a new one. */
  readonly rerun: 'session' | 'reboot';
  /** Whether modules are exchanged in the VM that runs; else each change of them boots. */
  readonly swaps?: boolean;
}

export interface State {
  readonly options: Options;
  readonly work: Work;
  readonly vm: Vm;
  readonly pauses: ReadonlySet<PauseReason>;
  /** Grows while builds are given up one after the other, so that a burst of saves does not start make for each. Ms. */
  readonly settleMs: number;
  /** Whether the last build succeeded. */
  readonly built: boolean;
  /** Whether some build did: its kernel is kept, and can be booted whatever became of later ones. */
  readonly bootable: boolean;
  readonly runs: number;
  readonly over: boolean;
}

export type Input =
  | { readonly is: 'start' }
  | { readonly is: 'changed'; readonly changes: readonly WatchedChange[] }
  | { readonly is: 'pause'; readonly why: PauseReason; readonly on: boolean }
  | { readonly is: 'timer' }
  /** `boots`: what was made, or what the settings say now, is not what the VM runs. `modules`: those among its modules that are others now, by name. */
  | { readonly is: 'built'; readonly run: number; readonly boots: boolean; readonly modules?: readonly string[] }
  /** `modules`: those that were loaded, and are exchanged. */
  | { readonly is: 'swapped'; readonly run: number; readonly modules: readonly string[] }
  /** They cannot be exchanged, and nothing was done. */
  | { readonly is: 'not-swapped'; readonly run: number; readonly why: string }
  | { readonly is: 'build-failed'; readonly run: number; readonly failure: Failure }
  /** The guest's shell was started. */
  | { readonly is: 'begun'; readonly run: number }
  /** The guest runs: its shell reads what is typed, or the command has begun. */
  | { readonly is: 'up'; readonly run: number }
  /** `splats`: what the kernel complained of meanwhile; `tests`: how they came out, where they are what is run. */
  | { readonly is: 'command-ended'; readonly run: number; readonly status: number | 'timeout'; readonly splats: readonly Splat[]; readonly tests?: Tested | undefined }
  /** The kernel complained after the command had ended, or while a shell runs. */
  | { readonly is: 'complained'; readonly run: number; readonly splats: readonly Splat[] }
  | { readonly is: 'shell-ended'; readonly run: number }
  | { readonly is: 'lost'; readonly run: number; readonly failure: Failure }
  | { readonly is: 'key'; readonly key: Key };

/** A line for the person that doesn't end a run. */
export type Notice =
  | { readonly notice: 'paused'; readonly why: PauseReason; readonly changes: readonly WatchedChange[] }
  | { readonly notice: 'resumed'; readonly why: PauseReason }
  | { readonly notice: 'nothing-to-do'; readonly changes: readonly WatchedChange[] }
  | { readonly notice: 'boots'; readonly run: number; readonly why: string }
  | { readonly notice: 'no-kernel' }
  | { readonly notice: 'no-vm' }
  | { readonly notice: 'shell-ended' };

/** What a key asks to be shown. */
export type Shown = 'log' | 'failures' | 'why' | 'help';

export type Effect =
  /** Replaces the timer that was set before; `undefined` clears it. Ms of the clock that inputs come with. */
  | { readonly do: 'timer'; readonly at: number | undefined }
  | { readonly do: 'build'; readonly run: Run; readonly changes: readonly WatchedChange[]; readonly force: boolean }
  | { readonly do: 'cancel-build' }
  /** Ends the VM that there may be, then boots what was built. */
  | { readonly do: 'boot'; readonly run: Run }
  /** Exchanges modules in the VM that runs, after ending the command that may still do. */
  | { readonly do: 'swap'; readonly run: Run; readonly modules: readonly string[] }
  /** Runs the command in the VM that runs, after ending one that still does. */
  | { readonly do: 'run'; readonly run: Run }
  | { readonly do: 'conclude'; readonly concluded: Concluded }
  | { readonly do: 'say'; readonly what: Notice }
  | { readonly do: 'show'; readonly what: Shown }
  | { readonly do: 'open-shell' }
  | { readonly do: 'suspend' }
  | { readonly do: 'quit' };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}
