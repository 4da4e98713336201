/** The current VM where tests are what is run in it: they boot it, and again where one of them has lost it. */
import { countsOf, statusOf, type Outcome } from '../checks/outcome.ts';
import type { Job } from '../checks/run/job.ts';
import { keptRun, type KeptRun } from '../checks/run/kept-run.ts';
import { makeLanes, type Lane } from '../checks/run/lane.ts';
import { kernelName, type RunEvents } from '../checks/run/run.ts';
import { detailLines, outcomeLine } from '../checks/run/words.ts';
import type { SourceState } from '../checks/source-state.ts';
import { unexpected } from '../console/known.ts';
import type { VmRequest } from '../machine/request.ts';
import type { GuestCommand } from '../machine/description.ts';
import { FailedTests } from '../evidence/of-check.ts';
import { isFailure, type Result } from '../report/failure.ts';
import type { CurrentVmOptions, Visit, WatchedVm } from './current-vm.ts';
import type { Tested } from './run.ts';

/** The tests of a watch. */
export interface WatchedTests {
  /** KUnit's suites that are wanted, by globs. */
  readonly kunit: readonly string[];
  /** The programs of one's own; and the files of the tree that the others are built from. */
  readonly programs: readonly string[];
  files(): readonly string[];
  /** Another build of them, another version. */
  version(): string;
  jobs(accel: 'kvm' | 'tcg'): Result<readonly Job[]>;
  /** The tree that the kernel is built from, as it is now. */
  source(): Promise<SourceState | undefined>;
}

interface TestedVmOptions extends CurrentVmOptions {
  readonly tests: () => WatchedTests;
  /** What goes on now; '' for nothing. */
  readonly status: (text: string) => void;
}

interface TestRun {
  /** The loop's, which gets its verdict. */
  readonly number: number;
  readonly abort: AbortController;
  readonly failed: FailedTests;
  /** Its tests have ended. */
  over: boolean;
}

export class TestedVm implements WatchedVm {
  readonly #options: TestedVmOptions;
  #now: TestRun | undefined;
  /** Of the newest run, which may be over. */
  #last = new FailedTests();
  #lane: Lane | undefined;
  /** One run's tests after the other's. */
  #before: Promise<void> = Promise.resolve();
  readonly #said = new Set<string>();

  constructor(options: TestedVmOptions) {
    this.#options = options;
  }

  get failedTests(): FailedTests {
    return this.#last;
  }

  get log(): string | undefined {
    return this.#lane?.guest?.log;
  }

  readonly shell = undefined;

  boot(run: number, request: VmRequest): void {
    this.#begin(run, request, true);
  }

  /** Tests that still run are given up with their VM: what they have begun in it is nobody's to end. */
  run(run: number, request: VmRequest): void {
    this.#begin(run, request, false);
  }

  /** Tests are always run in a VM that was booted with what they test. */
  swap(): void {
    throw new Error('modules are not exchanged under tests');
  }

  lookForComplaints(): void {
    const { events, knownSplats } = this.#options;
    if (this.#now?.over !== true) return;
    const splats = unexpected(this.#lane?.guest?.complaints() ?? [], knownSplats());
    if (splats.length > 0) events.complained(this.#now.number, splats);
  }

  visit(command: GuestCommand): Visit | undefined {
    const guest = this.#lane?.guest;
    return guest === undefined ? undefined : { session: guest.start(command, this.#options.sinkFor('shell')), gone: guest.gone };
  }

  async end(): Promise<void> {
    this.#now?.abort.abort();
    this.#now = undefined;
    await this.#before;
    await this.#lane?.stop();
  }

  #begin(run: number, request: VmRequest, anew: boolean): void {
    this.#now?.abort.abort();
    const testRun: TestRun = { number: run, abort: new AbortController(), failed: new FailedTests(), over: false };
    this.#now = testRun;
    this.#last = testRun.failed;
    this.#before = this.#before.then(async () => {
      if (this.#now !== testRun) return; // superseded while it waited
      const ran = await this.#test(testRun, request, anew);
      this.#options.status('');
      if (this.#now === testRun) this.#conclude(testRun, ran);
    });
  }

  async #test(testRun: TestRun, request: VmRequest, anew: boolean): Promise<Result<KeptRun>> {
    const { stateDir, knownSplats, onConsole } = this.#options;
    const tests = this.#options.tests();
    const say = (line: string) => this.#sayOnce(line);
    if (anew || this.#lane === undefined) {
      await this.#lane?.stop();
      this.#lane = undefined;
      const lanes = await makeLanes([request], { stateDir, env: process.env, say, onConsole });
      if (isFailure(lanes)) return lanes;
      this.#lane = lanes[0];
    }
    const lane = this.#lane;
    if (lane === undefined) throw new Error('no lane was made');
    const wanted = tests.jobs(lane.accel);
    if (isFailure(wanted)) return wanted;
    const ran = await keptRun([lane], {
      stateDir, kernel: kernelName(request.kernel), source: tests.source(), signal: testRun.abort.signal, say, bootTimeoutMs: request.bootTimeoutMs,
      fresh: false, rounds: 1, untilFail: false, kunit: tests.kunit, jobs: wanted,
      unexpected: (complaints) => unexpected(complaints, knownSplats()), events: this.#events(testRun, wanted.length, anew),
    });
    if (isFailure(ran)) await lane.stop();
    return ran;
  }

  #conclude(testRun: TestRun, ran: Result<KeptRun>): void {
    const { events } = this.#options;
    if (isFailure(ran)) {
      this.#now = undefined;
      return events.lost(testRun.number, ran);
    }
    testRun.over = true;
    const { outcomes, changes } = ran;
    const status = statusOf(outcomes);
    events.commandEnded(testRun.number, status === 124 ? 'timeout' : status, outcomes.flatMap(({ complaints }) => complaints), testedOf(outcomes, changes));
    void this.#lane?.guest?.gone.then((failure) => {
      if (this.#now !== testRun || failure === undefined) return;
      this.#now = undefined;
      events.lost(testRun.number, failure);
    });
  }

  /** @param anew its first boot is the run's */
  #events(testRun: TestRun, total: number, anew: boolean): RunEvents {
    const { events, status, say } = this.#options;
    let booting = anew;
    let ended = 0;
    return {
      started: (id) => { if (!booting) status(id === 'boot' ? 'the VM boots again' : `${ended} of ${total} tests done; running ${id} …`); },
      booted: () => {
        if (booting && this.#now === testRun) events.up(testRun.number);
        booting = false;
      },
      printed: () => undefined,
      ended: (outcome, where) => {
        testRun.failed.ended(outcome, where);
        if (outcome.id !== 'boot' && !outcome.id.startsWith('kunit:')) ended++;
        if (outcome.verdict !== 'passed' && outcome.verdict !== 'skipped') for (const line of [outcomeLine(outcome), ...detailLines(outcome)]) say(line);
      },
    };
  }

  /** Each run makes the same choices. */
  #sayOnce(line: string): void {
    if (!this.#said.has(line)) this.#options.say(line);
    this.#said.add(line);
  }
}

function testedOf(outcomes: readonly Outcome[], changes: Tested['changes']): Tested {
  const failing = outcomes.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped').map(({ id }) => id);
  return { counts: countsOf(outcomes), failing: [...new Set(failing)], changes };
}
