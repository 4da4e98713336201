/** The current VM: one at a time, its command or shell, and what becomes of them. */
import { constants } from 'node:os';
import { unexpected } from '../console/known.ts';
import type { Splat } from '../console/splat.ts';
import type { FailedTests } from '../evidence/of-check.ts';
import { bootVm, type RunningVm } from '../machine/run/boot.ts';
import { noFuseWords, readOnlyWords, type Session, type SessionEnd, type Sink } from '../machine/guest/control.ts';
import { prepare, type Prepared } from '../machine/run/prepare.ts';
import type { VmRequest } from '../machine/request.ts';
import { isFailure, type Failure, type Result } from '../report/failure.ts';
import { machineFailure } from '../machine/reasons.ts';
import type { GuestCommand } from '../machine/description.ts';
import type { Tested } from './run.ts';
import { swapModules, type Swap, type SwapCommands } from './swap.ts';

/** What becomes of a run's VM. After `boot` took its place, nothing more is told of it. */
interface CurrentVmEvents {
  /** Shell mode: the shell was started, and is up when it reads. */
  begun(run: number): void;
  up(run: number): void;
  /** `splats`: what the kernel complained of meanwhile; `tests`: how they came out, where they are what is run. */
  commandEnded(run: number, status: number | 'timeout', splats: readonly Splat[], tests?: Tested): void;
  /** The kernel has complained since the run's command ended, or in its shell. */
  complained(run: number, splats: readonly Splat[]): void;
  /** Modules were exchanged; or they cannot be, and nothing was done. */
  swapped(run: number, swap: Swap): void;
  shellEnded(run: number): void;
  lost(run: number, failure: Failure): void;
}

export interface CurrentVmOptions {
  readonly stateDir: string;
  readonly mode: 'shell' | 'command';
  /** Orderly: the command is asked to end, and its files are written, before QEMU goes. */
  readonly graceful: boolean;
  readonly events: CurrentVmEvents;
  readonly say: (line: string) => void;
  /** Titles of splats that are expected. */
  readonly knownSplats: () => readonly string[];
  readonly swapCommands: SwapCommands;
  /** Takes what a session prints, until it has ended. */
  readonly sinkFor: (what: 'command' | 'shell') => Sink;
  readonly onConsole: ((chunk: Buffer) => void) | undefined;
}

/** How long an orderly end may take. */
const gracefulMs = 5000;
/** How long a command that was killed may take to be gone, before its VM counts as hung. */
const killedMs = 2000;

interface Occupant {
  /** Of whose fate the loop is told. Changes where a command runs again. */
  run: number;
  readonly vm: RunningVm;
  session: Session;
  /** Modules are exchanged: what becomes of the old command is nobody's concern. */
  swaps: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** What the loop does with the VM. All that becomes of it is told by events. */
export interface WatchedVm {
  readonly log: string | undefined;
  /** Of the tests that run in it, or did last, those that failed; `undefined` where it has a command. */
  readonly failedTests: FailedTests | undefined;
  /** The session that the terminal belongs to in shell mode. */
  readonly shell: Session | undefined;
  /** Ends the VM that there is, and boots. */
  boot(run: number, request: VmRequest, command: GuestCommand): void;
  /** Runs the command in the VM that there is, instead of one that still runs. */
  run(run: number, request: VmRequest, command: GuestCommand): void;
  /** Exchanges modules, by the kernel's names, in the VM that there is, after ending a command that still runs. */
  swap(run: number, request: VmRequest, modules: readonly string[]): void;
  /** Tells of what the kernel has complained of since this, or a command's end, was last asked. */
  lookForComplaints(): void;
  /** A shell beside the command. */
  visit(command: GuestCommand): Visit | undefined;
  /** Ends the VM that there may be; resolves when its QEMU is gone. */
  end(): Promise<void>;
}

export interface Visit {
  readonly session: Session;
  /** The VM has ended. */
  readonly gone: Promise<unknown>;
}

export class CurrentVm implements WatchedVm {
  readonly #options: CurrentVmOptions;
  #now: Occupant | undefined;
  /** Boots and ends go one after the other. */
  #before: Promise<void> = Promise.resolve();
  #wanted = 0;
  readonly #said = new Set<string>();

  constructor(options: CurrentVmOptions) {
    this.#options = options;
  }

  readonly failedTests = undefined;

  get log(): string | undefined {
    return this.#now?.vm.log;
  }

  get shell(): Session | undefined {
    return this.#options.mode === 'shell' ? this.#now?.session : undefined;
  }

  boot(run: number, request: VmRequest, command: GuestCommand): void {
    const ticket = ++this.#wanted;
    const old = this.#leave();
    this.#before = this.#before.then(async () => {
      await old;
      if (ticket !== this.#wanted) return; // superseded while it waited
      const prepared = await prepare(request, { stateDir: this.#options.stateDir });
      const vm = isFailure(prepared) ? prepared : await this.#start(prepared, request, command);
      if (ticket !== this.#wanted) {
        if (!isFailure(vm)) await vm.stop();
        return;
      }
      if (isFailure(vm)) this.#options.events.lost(run, vm);
      else this.#take(run, vm, request);
    });
  }

  run(run: number, request: VmRequest, command: GuestCommand): void {
    const now = this.#now;
    if (now === undefined) throw new Error('there is no VM to run it in');
    clearTimeout(now.timer);
    now.session.signal(constants.signals.SIGKILL);
    now.run = run;
    now.swaps = false;
    now.session = now.vm.guest.start(command, this.#options.sinkFor('command'));
    this.#follow(now, now.session, request);
  }

  swap(run: number, request: VmRequest, modules: readonly string[]): void {
    const now = this.#now;
    if (now === undefined) throw new Error('there is no VM to exchange them in');
    clearTimeout(now.timer);
    now.run = run;
    void this.#swap(now, request, modules).then((swap) => {
      if (this.#now !== now || now.run !== run) return; // it has gone, or was put to another use
      if (!isFailure(swap)) {
        for (const note of swap.is === 'swapped' ? swap.notes : []) this.#sayOnce(note);
        return this.#options.events.swapped(run, swap);
      }
      this.#now = undefined;
      this.#before = this.#before.then(() => now.vm.stop());
      this.#options.events.lost(run, swap);
    });
  }

  async #swap(now: Occupant, request: VmRequest, modules: readonly string[]): Promise<Result<Swap>> {
    const { mode, swapCommands } = this.#options;
    if (mode === 'command') {
      now.swaps = true;
      now.session.signal(constants.signals.SIGKILL);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => { timer = setTimeout(() => resolve('late'), killedMs); });
      const ended = await Promise.race([now.session.ended, now.vm.gone, late]);
      clearTimeout(timer);
      if (ended === 'late') return { is: 'refused', why: 'the command that runs does not end' };
      // Of one that was killed nobody has asked what it made the kernel say.
      const [splat] = this.#complaints(now);
      if (splat !== undefined) return { is: 'refused', why: `the kernel has complained: ${splat.title}` };
    }
    return swapModules({ vm: now.vm, request, modules, commands: swapCommands });
  }

  lookForComplaints(): void {
    const now = this.#now;
    const splats = now === undefined ? [] : this.#complaints(now);
    if (now !== undefined && splats.length > 0) this.#options.events.complained(now.run, splats);
  }

  visit(command: GuestCommand): Visit | undefined {
    const vm = this.#now?.vm;
    return vm === undefined ? undefined : { session: vm.guest.start(command, this.#options.sinkFor('shell')), gone: vm.gone };
  }

  async end(): Promise<void> {
    this.#wanted++;
    const old = this.#leave();
    await this.#before;
    await old;
  }

  async #start(prepared: Prepared, request: VmRequest, command: GuestCommand): Promise<Result<RunningVm>> {
    for (const note of prepared.notes) this.#sayOnce(note);
    return bootVm({
      prepared, stateDir: this.#options.stateDir, command, bootTimeoutMs: request.bootTimeoutMs, onConsole: this.#options.onConsole, say: this.#options.say, refused: (words) => this.#sayOnce(words),
    });
  }

  /** Each boot makes the same choices. */
  #sayOnce(line: string): void {
    if (!this.#said.has(line)) this.#options.say(line);
    this.#said.add(line);
  }

  #take(run: number, vm: RunningVm, request: VmRequest): void {
    const what = this.#options.mode === 'shell' ? 'shell' : 'command';
    const now: Occupant = { run, vm, session: vm.guest.adopt(this.#options.sinkFor(what)), swaps: false, timer: undefined };
    this.#now = now;
    const tell = (event: 'begun' | 'up') => () => { if (this.#now === now) this.#options.events[event](now.run); };
    void now.session.startedUs.then(tell(what === 'shell' ? 'begun' : 'up'));
    if (what === 'shell') void now.session.reading.then(tell('up'));
    this.#follow(now, now.session, request);
    void vm.ready.then((hello) => {
      if (hello.readOnly) this.#sayOnce(readOnlyWords);
      if (hello.noFuse) this.#sayOnce(noFuseWords);
    });
    void vm.unreachable.then((why) => { if (why !== undefined) this.#sayOnce(`other commands cannot reach this VM: ${why.words.what}`); });
    void vm.gone.then((failure) => {
      clearTimeout(now.timer);
      if (this.#now !== now) return;
      this.#now = undefined;
      if (failure !== undefined) this.#options.events.lost(now.run, failure);
    });
  }

  #complaints(now: Occupant): readonly Splat[] {
    return unexpected(now.vm.complaints(), this.#options.knownSplats());
  }

  #follow(now: Occupant, session: Session, request: VmRequest): void {
    const isCurrent = () => this.#now === now && now.session === session && !now.swaps;
    let late = false;
    const onTime = () => {
      late = true;
      session.signal(constants.signals.SIGKILL);
      now.timer = setTimeout(() => { if (isCurrent()) this.#giveUp(now, request.timeoutMs); }, killedMs);
    };
    void session.startedUs.then(() => {
      if (isCurrent() && request.timeoutMs > 0 && this.#options.mode === 'command') now.timer = setTimeout(onTime, request.timeoutMs);
    });
    void session.ended.then(async (end: SessionEnd) => {
      if (!isCurrent()) return;
      clearTimeout(now.timer);
      if (this.#options.mode === 'command') {
        if (!late) await now.vm.askForLeaks();
        if (isCurrent()) this.#options.events.commandEnded(now.run, late ? 'timeout' : end.status, this.#complaints(now));
        return;
      }
      // A shell that was left takes its VM with it.
      this.#options.events.shellEnded(now.run);
      void this.#leave();
    });
  }

  /** The guest did not even kill its command. */
  #giveUp(now: Occupant, afterMs: number): void {
    this.#now = undefined;
    const failure = machineFailure({ reason: 'vm-timeout', afterMs, tail: now.vm.tail(), log: now.vm.log });
    this.#before = this.#before.then(() => now.vm.stop());
    this.#options.events.lost(now.run, failure);
  }

  async #leave(): Promise<void> {
    const old = this.#now;
    this.#now = undefined;
    if (old === undefined) return;
    clearTimeout(old.timer);
    if (this.#options.graceful) {
      old.session.signal(constants.signals.SIGHUP);
      old.session.signal(constants.signals.SIGTERM);
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => { timer = setTimeout(resolve, gracefulMs); });
      await Promise.race([old.session.ended, old.vm.gone, enough]);
      clearTimeout(timer);
    }
    await old.vm.stop();
  }
}
