/** The loop at work: what happens is given to the machine, what the machine asks for is done. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunEvent } from '../graph/event.ts';
import type { Processes } from '../host/processes/process.ts';
import { collectGarbage } from '../host/memory.ts';
import { openTty } from '../host/tty.ts';
import type { Sink } from '../machine/guest/control.ts';
import { progressWords } from '../progress/reporter.ts';
import { makeReporter } from '../progress/choose.ts';
import { makeDecoder } from '../decode/decoder.ts';
import { keepEvidence } from '../evidence/keep.ts';
import { isFailure } from '../report/failure.ts';
import { Keyboard } from './terminal/keyboard.ts';
import { controlName } from './terminal/keys.ts';
import { begin, step } from './state-machine.ts';
import type { Effect, Input } from './state.ts';
import { Builder, type Site } from './builder.ts';
import { Screen } from './terminal/screen.ts';
import { BootShow } from './boot-show.ts';
import { CurrentVm, type CurrentVmOptions, type WatchedVm } from './current-vm.ts';
import { Feeds } from './files/feeds.ts';
import { OwnConfig } from './own-config.ts';
import type { SwapCommands } from './swap.ts';
import { TestedVm } from './tested-vm.ts';
import { Report } from './report.ts';
import type { Concluded } from './run.ts';
import { Shadows, type Shadow } from './shadow/shadows.ts';
import { Shells } from './shells.ts';
import { leavesEvidence } from './keep-evidence.ts';
import { CurrentScene } from './scene.ts';
import { Verdicts } from './verdicts.ts';

interface WatchOptions {
  readonly mode: 'shell' | 'command';
  readonly site: Site;
  readonly processes: Processes;
  readonly cwd: string;
  readonly also: readonly string[];
  readonly json: boolean;
  readonly quiet: boolean;
  readonly graceful: boolean;
  readonly settleMs: number;
  readonly rerun: 'session' | 'reboot';
  readonly swapCommands: SwapCommands;
  /** A control character's byte. */
  readonly prefix: number;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly short: (path: string) => string;
  /** Names commands as the reader types them. */
  readonly asTyped: (text: string) => string;
  /** What follows each run in the background. */
  readonly shadows: readonly Shadow[];
}

/** A build that is due within this time looks ahead; so what no event tells of is looked at this long before it, at most. Ms. */
const soonMs = 100;

/** So long after a verdict nothing is expected to happen. Ms. */
const restMs = 1500;

/** Runs until it is quit; what it started is ended by then. */
export async function watchLoop(options: WatchOptions): Promise<void> {
  const loop = new Loop(options);
  await loop.run();
}

class Loop {
  readonly #options: WatchOptions;
  readonly #tty = openTty(0);
  readonly #screen: Screen;
  readonly #currentVm: WatchedVm;
  readonly #builder: Builder;
  readonly #keyboard: Keyboard | undefined;
  readonly #shells: Shells;
  readonly #report: Report;
  readonly #feeds: Feeds;
  readonly #ownConfig = new OwnConfig(() => {
    const { watched } = this.#feeds;
    return watched === undefined ? undefined : join(watched.buildDir, '.config');
  });
  #state;
  #timer: NodeJS.Timeout | undefined;
  #resting: NodeJS.Timeout | undefined;
  readonly #verdicts: Verdicts;
  readonly #shadows: Shadows;
  readonly #booting: BootShow;
  #building: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  readonly #scene = new CurrentScene();
  #finish: () => void = () => undefined;
  readonly #finished = new Promise<void>((resolve) => { this.#finish = resolve; });

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#state = begin({ mode: options.mode, settleMs: options.settleMs, rerun: options.rerun, swaps: options.rerun === 'session' && options.site.tests === undefined });
    this.#keyboard = this.#tty === undefined ? undefined : new Keyboard({
      tty: this.#tty,
      prefix: options.prefix,
      typist: () => this.#shells.typist,
      pressed: (key) => this.#give({ is: 'key', key }),
      lost: () => this.#report.help(),
      resumed: () => this.#feeds.askGraph(),
    });
    this.#builder = new Builder({ site: options.site, also: options.also, cwd: options.cwd });
    this.#screen = new Screen({
      stderr: process.stderr, quiet: options.quiet, tty: this.#tty, asTyped: options.asTyped,
    });
    this.#report = new Report({
      screen: this.#screen,
      processes: options.processes,
      json: options.json,
      quiet: options.quiet,
      prefix: options.prefix,
      short: options.short,
      watched: () => this.#feeds.watched,
      parts: () => this.#builder.parts(),
      shellHasKeys: () => this.#shells.typist !== undefined,
      hasKeys: this.#tty !== undefined,
    });
    this.#feeds = new Feeds({
      watched: (complete) => this.#builder.watched(complete),
      note: (line) => this.#screen.note(line),
      builds: () => this.#state.work.at === 'building' || this.#state.work.at === 'cancelling',
      over: () => this.#state.over,
      ownConfig: (path) => this.#ownConfig.made(path),
      changed: (changes) => this.#give({ is: 'changed', changes }),
      pause: (why, on) => this.#give({ is: 'pause', why, on }),
      polls: (code, directories) => this.#report.polling(code, directories),
    });
    this.#shells = new Shells({
      mode: options.mode, tty: this.#tty, keyboard: this.#keyboard, screen: this.#screen,
      vm: () => this.#currentVm, vmState: () => this.#state.vm,
      visitEnded: () => {
        this.#setMode();
        this.#screen.guestGone();
        this.#screen.note('the shell in the VM has ended; keys go to kloop again');
      },
    });
    this.#verdicts = new Verdicts({
      report: this.#report, note: (line) => this.#screen.note(line), decode: makeDecoder(options.site.settings, options.processes),
      keep: async (incident, signal) => { await keepEvidence(incident, { settings: this.#builder.settings, processes: options.processes, signal, say: (line) => this.#screen.note(line) }); },
    });
    this.#shadows = new Shadows(options.shadows, {
      cwd: options.cwd, note: (line) => this.#screen.note(line), tell: (shadow, log) => this.#report.shadow(shadow, log),
    });
    this.#booting = new BootShow({
      verbose: options.site.asked().verbose, status: this.#screen.hasStatus ? (text) => this.#status(text) : undefined,
      say: (line) => this.#screen.note(line), short: options.short, settings: () => this.#builder.settings,
    });
    const vmOptions: CurrentVmOptions = {
      stateDir: options.site.settings.stateDir,
      mode: options.mode,
      graceful: options.graceful,
      say: (line) => this.#screen.note(line),
      swapCommands: options.swapCommands,
      knownSplats: () => this.#builder.settings.knownSplats,
      sinkFor: (what) => this.#sink(what),
      onConsole: options.site.asked().verbose ? (chunk) => process.stderr.write(chunk) : undefined,
      events: {
        begun: (run) => {
          this.#give({ is: 'begun', run });
          this.#booting.shellBegun();
        },
        up: (run) => {
          this.#give({ is: 'up', run });
          this.#shells.vmUp();
        },
        commandEnded: (run, status, splats, tests) => this.#give({ is: 'command-ended', run, status, splats, tests }),
        complained: (run, splats) => this.#step({ is: 'complained', run, splats }),
        swapped: (run, swap) => this.#give(swap.is === 'swapped' ? { is: 'swapped', run, modules: swap.modules } : { is: 'not-swapped', run, why: swap.why }),
        shellEnded: (run) => this.#give({ is: 'shell-ended', run }),
        lost: (run, failure) => this.#give({ is: 'lost', run, failure }),
      },
    };
    this.#currentVm = options.site.tests === undefined
      ? new CurrentVm(vmOptions)
      : new TestedVm({ ...vmOptions, tests: () => this.#builder.tests, status: (text) => this.#status(text) });
  }

  async run(): Promise<void> {
    this.#keyboard?.begin();
    const quit = () => this.#give({ is: 'key', key: 'quit' });
    this.#options.signal.addEventListener('abort', quit, { once: true });
    if (this.#options.signal.aborted) setImmediate(quit);
    this.#feeds.look(false);
    this.#give({ is: 'start' });
    await this.#finished;
    this.#options.signal.removeEventListener('abort', quit);
    this.#booting.over();
    this.#keyboard?.end();
    clearTimeout(this.#timer);
    clearTimeout(this.#resting);
    this.#building?.abort.abort();
    await Promise.all([this.#verdicts.end(), this.#shadows.giveUp(), this.#currentVm.end(), this.#building?.done, this.#feeds.end()]);
    this.#builder.clear();
    this.#screen.end();
    this.#tty?.set('usual');
    this.#report.summary();
  }

  // --- in: the machine's inputs -------------------------------------------------

  #give(input: Input): void {
    this.#lookForComplaints();
    this.#step(input);
    if (input.is === 'up') this.#lookForComplaints();
  }

  /** In a VM whose command has ended, or that a shell is in, nothing else asks for them. */
  #lookForComplaints(): void {
    const { vm } = this.#state;
    if (vm.at === 'idle' || (vm.at === 'running' && this.#options.mode === 'shell')) this.#currentVm.lookForComplaints();
  }

  #step(input: Input): void {
    const made = step(this.#state, input, performance.now());
    this.#state = made.state;
    for (const effect of made.effects) this.#perform(effect);
    this.#booting.look(this.#state);
    this.#setMode();
  }

  /** The terminal is the shell's once that reads; else it gives keys; before the first build has ended it is as usual. */
  #setMode(): void {
    if (this.#state.over) return;
    const first = this.#state.runs === 1 && this.#state.work.at !== 'watching' && !this.#state.bootable;
    const shell = this.#shells.visited || this.#shells.typist?.reads === true;
    this.#keyboard?.set(first ? 'usual' : shell ? 'raw' : 'keys');
  }

  /** Of the VM; of a build there is more to tell. */
  #status(text: string): void {
    if (this.#building === undefined) this.#screen.status(text);
  }

  // --- out: the machine's effects ---------------------------------------------------

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'timer': return this.#setTimer(effect.at);
      case 'build': return this.#build(effect);
      case 'cancel-build': return this.#building?.abort.abort();
      case 'boot': return this.#boot(effect.run.number);
      case 'swap': return this.#swap(effect.run.number, effect.modules);
      case 'run': return this.#run(effect.run.number);
      case 'conclude': return this.#conclude(effect.concluded);
      case 'say': {
        if (effect.what.notice === 'shell-ended') this.#shells.leave();
        if (effect.what.notice === 'nothing-to-do') this.#shadows.resume();
        return this.#report.notice(effect.what, this.#ownConfig.told);
      }
      case 'show': return this.#report.show(effect.what, this.#currentVm.log);
      case 'open-shell': return this.#openShell();
      case 'suspend': return this.#keyboard?.suspend();
      case 'quit': return this.#finish();
    }
  }

  #setTimer(at: number | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (at === undefined) return;
    this.#builder.forgetLook();
    this.#timer = setTimeout(() => {
      this.#give({ is: 'timer' });
      this.#builder.forgetLook();
    }, Math.max(0, at - performance.now()));
    if (at - performance.now() < soonMs) this.#builder.lookAhead();
  }

  #build({ run, changes, force }: Extract<Effect, { do: 'build' }>): void {
    void this.#shadows.makeWay();
    const abort = new AbortController();
    const onTerminal = run.cause === 'start' && run.restarts === 0;
    const reporter = onTerminal
      ? makeReporter({ quiet: this.#options.quiet, stderr: process.stderr, short: this.#options.short, asTyped: this.#options.asTyped })
      : undefined;
    const emit = (event: RunEvent) => {
      this.#ownConfig.note(event);
      if (reporter !== undefined) reporter.emit(event);
      else this.#progress(event);
    };
    this.#ownConfig.buildBegins();
    const reload = changes.some((change) => change.kind === 'settings');
    const work = async () => {
      const ran = await this.#builder.build({ force, reload, signal: abort.signal, emit, say: (line) => this.#screen.note(line) });
      await reporter?.end();
      this.#screen.status('');
      this.#building = undefined;
      this.#ownConfig.buildEnded();
      if (isFailure(ran)) this.#give({ is: 'build-failed', run: run.number, failure: ran });
      else this.#give({ is: 'built', run: run.number, boots: this.#builder.differs(), modules: this.#builder.changedModules() });
      // The new VM boots meanwhile, or modules are exchanged: not before the guest has been asked for that.
      await nextTurn();
      this.#feeds.look(!isFailure(ran));
    };
    this.#building = { abort, done: work() };
  }

  #progress(event: RunEvent): void {
    if (event.kind === 'progress') this.#screen.status(`${event.title}: ${progressWords(event.progress)}`);
    else if (event.kind === 'said') this.#screen.note(event.line);
    else if (event.kind === 'waiting') this.#screen.note(`${event.title}: waiting for ${event.holder}`);
    else if (event.kind === 'started') this.#screen.status(`${event.title} …`);
  }

  #boot(run: number): void {
    this.#shells.vmBoots();
    const vm = this.#builder.vm();
    void this.#shadows.giveUp();
    this.#scene.boots(vm.request, this.#options.site.asked().kernel !== undefined);
    this.#scene.begins(run, this.#options.mode);
    this.#currentVm.boot(run, vm.request, vm.command);
  }

  #swap(run: number, modules: readonly string[]): void {
    const { request } = this.#scene;
    if (request === undefined) throw new Error('modules are exchanged before a VM was booted');
    void this.#shadows.giveUp();
    this.#scene.begins(run, this.#options.mode);
    this.#builder.swaps();
    this.#currentVm.swap(run, request, modules);
  }

  #run(run: number): void {
    const { request } = this.#scene;
    if (request === undefined) throw new Error('a command runs again before it ran');
    void this.#shadows.giveUp();
    this.#scene.begins(run, this.#options.mode);
    this.#currentVm.run(run, request, this.#builder.command(request));
  }

  #sink(what: 'command' | 'shell'): Sink {
    return what === 'shell' ? this.#shells.sink() : (stream, chunk, taken) => {
      this.#booting.over();
      this.#scene.heard(chunk);
      // With --json stdout is for the program that reads it.
      const to = stream === 'out' && !this.#options.json ? process.stdout : process.stderr;
      to.write(chunk, () => taken());
    };
  }

  #openShell(): void {
    const { request } = this.#scene;
    if (this.#shells.visited || this.#tty === undefined || request === undefined) return;
    const { rows, columns } = process.stdout;
    const command = this.#builder.command({ ...request, command: undefined });
    const begun = this.#currentVm.visit({ ...command, terminal: { rows, columns, errApart: false, shell: true } });
    if (begun === undefined) return this.#report.notice({ notice: 'no-vm' });
    this.#shells.visit(begun);
    this.#screen.note(`a shell in the VM; ${controlName(this.#options.prefix)} and a key for kloop`);
  }

  #conclude(concluded: Concluded): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => { if (this.#state.work.at === 'watching') collectGarbage(); }, restMs);
    if (concluded.verdict.is === 'lost') this.#shells.vmLost();
    if (!['up', 'build-failed', 'superseded'].includes(concluded.verdict.is)) this.#shadows.begin(concluded.run.number);
    this.#verdicts.tell(concluded, leavesEvidence(concluded.verdict) ? this.#scene.of(concluded, this.#currentVm, this.#builder.settings) : undefined);
  }
}
