/** A guest in which one test after the other is run. */
import { constants } from 'node:os';
import type { Splat } from '../../console/splat.ts';
import { guestEnvironment } from '../../machine/guest/environment.ts';
import type { Session, Sink } from '../../machine/guest/control.ts';
import type { GuestCommand } from '../../machine/description.ts';
import type { VmRequest } from '../../machine/request.ts';
import { bootVm, type RunningVm } from '../../machine/run/boot.ts';
import type { Prepared } from '../../machine/run/prepare.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { scaledMs } from '../time-limit.ts';
import { Capture } from '../../host/processes/capture.ts';
import type { Job } from './job.ts';

/** How a test ended. `status` is `undefined` where it was ended for its time. */
export type JobEnd =
  | { readonly kind: 'ended'; readonly status: number | undefined; readonly output: Capture; readonly complaints: readonly Splat[]; readonly tookMs: number }
  /** The guest went, or does not respond. */
  | { readonly kind: 'lost'; readonly why: string; readonly output: Capture; readonly complaints: readonly Splat[]; readonly console: readonly string[]; readonly tookMs: number };

/** How long a test that was told to end may take, and one that was killed; seconds. */
const grace = { term: 2, kill: 2 } as const;

export interface GuestOptions {
  readonly prepared: Prepared;
  readonly request: VmRequest;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onConsole: ((chunk: Buffer) => void) | undefined;
  readonly say: (line: string) => void;
}

export class CheckGuest {
  readonly #vm: RunningVm;
  readonly #options: GuestOptions;
  #gone: Failure | 'stopped' | undefined;

  private constructor(vm: RunningVm, options: GuestOptions) {
    this.#vm = vm;
    this.#options = options;
    void vm.gone.then((failure) => { this.#gone = failure ?? 'stopped'; });
  }

  /**
   * Boots. What the kernel complained of until then is told by `complaints`.
   *
   * @param signal ends the VM
   */
  static async boot(options: GuestOptions, signal: AbortSignal): Promise<Result<CheckGuest>> {
    const vm = await bootVm({
      prepared: options.prepared, stateDir: options.stateDir, bootTimeoutMs: options.request.bootTimeoutMs, onConsole: options.onConsole, say: options.say,
      // The guest starts a command by itself; tests follow when it has ended.
      command: { argv: ['true'], cwd: '/', env: guestEnvironment(options.env, [], '/') },
    });
    if (isFailure(vm)) return vm;
    const guest = new CheckGuest(vm, options);
    const first = vm.guest.adopt((_, __, taken) => taken());
    const end = await guest.#until(signal, Promise.race([first.ended, vm.gone]));
    return isFailure(end) ? end : guest;
  }

  /** Whether another test can be run in it. */
  get alive(): boolean {
    return this.#gone === undefined;
  }

  /** Resolves when the VM has ended: by `stop` (undefined), or for a reason of its own. */
  get gone(): Promise<Failure | undefined> {
    return this.#vm.gone;
  }

  get log(): string {
    return this.#vm.log;
  }

  /** What the kernel complained of since this was last asked, or since a test ended. */
  complaints(): readonly Splat[] {
    return this.#vm.complaints();
  }

  /** Runs one test to its end. Its stdout and stderr are one, as under kselftest's runner. */
  async run(job: Job, signal: AbortSignal, heard: (chunk: Buffer) => void): Promise<Result<JobEnd>> {
    const output = new Capture();
    const began = performance.now();
    const session = this.start({
      argv: ['/bin/sh', '-c', 'exec "$@" 2>&1', 'sh', ...job.argv], cwd: job.cwd,
      env: guestEnvironment(this.#options.env, this.#options.request.passEnv, job.cwd),
    }, (_, chunk, taken) => {
      output.push(chunk);
      heard(chunk);
      taken();
    });
    session.endInput();
    const end = await this.#until(signal, this.#follow(session, job.limitMs));
    if (isFailure(end)) return end;
    const tookMs = performance.now() - began;
    if (end.kind === 'ended') await this.#until(signal, this.#vm.askForLeaks());
    const facts = { output, complaints: this.complaints(), tookMs };
    return end.kind === 'lost' ? { ...end, ...facts, console: this.#vm.tail() } : { ...end, ...facts };
  }

  /** Starts a command beside what runs. */
  start(command: GuestCommand, sink: Sink): Session {
    return this.#vm.guest.start(command, sink);
  }

  stop(): Promise<void> {
    return this.#vm.stop();
  }

  /** Ends the VM when it is asked to meanwhile. */
  async #until<T>(signal: AbortSignal, what: Promise<T>): Promise<T | Failure> {
    const stop = () => void this.#vm.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const got = await what;
    signal.removeEventListener('abort', stop);
    return signal.aborted ? interrupted(signal) : got;
  }

  async #follow(session: Session, limitMs: number): Promise<{ kind: 'ended'; status: number | undefined } | { kind: 'lost'; why: string }> {
    const { accel } = this.#options.prepared.machine;
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const wedged = new Promise<'wedged'>((resolve) => {
      const later = (ms: number, then: () => void) => { timer = setTimeout(then, ms); };
      void session.startedUs.then(() => {
        if (limitMs === 0) return;
        // As timeout(1) does, by which kselftest's runner does it: a script has its trap, and cleans up.
        later(limitMs, () => {
          late = true;
          session.signal(constants.signals.SIGTERM);
          later(scaledMs(grace.term, accel), () => {
            session.signal(constants.signals.SIGKILL);
            later(scaledMs(grace.kill, accel), () => resolve('wedged'));
          });
        });
      });
    });
    const end = await Promise.race([session.ended, this.#vm.gone, wedged]);
    clearTimeout(timer);
    if (end === 'wedged') {
      await this.#vm.stop();
      return { kind: 'lost', why: 'the guest no longer responds: its test could not be killed' };
    }
    if (end === undefined) return { kind: 'lost', why: 'the VM was stopped' };
    if (isFailure(end)) return { kind: 'lost', why: end.words.what };
    return { kind: 'ended', status: late ? undefined : end.status };
  }
}
