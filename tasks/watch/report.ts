/** What the loop tells the person: verdicts, notices, and what the keys ask to be shown. */
import { join, relative } from 'node:path';
import { duration } from '../text/duration.ts';
import { readText, stampOf } from '../host/files.ts';
import type { Decoded } from '../console/annotate.ts';
import type { Processes } from '../host/processes/process.ts';
import type { Watched } from './files/watched.ts';
import { controlName, keyWords } from './terminal/keys.ts';
import type { Notice, PauseReason, Shown } from './state.ts';
import { whyContext, whyNothing } from './files/recent.ts';
import { mightBeModule } from './files/tristate.ts';
import type { Screen } from './terminal/screen.ts';
import { asModuleMs, costsOf, type Concluded } from './run.ts';
import { shadowJson, shadowLine, type Shadowed } from './shadow/words.ts';
import type { Parts } from './parts.ts';
import { whyRun } from './why-run.ts';
import { evidence, failuresOnly, summaryLine, tally, runJson, runLine } from './run-words.ts';

interface ReportOptions {
  readonly screen: Screen;
  readonly processes: Processes;
  readonly json: boolean;
  readonly quiet: boolean;
  /** A control character's byte. */
  readonly prefix: number;
  readonly short: (path: string) => string;
  /** What is watched now. */
  readonly watched: () => Watched | undefined;
  /** What a file is part of, by the last build; asked for by a key, so that it may take its time. */
  readonly parts: () => (path: string) => Parts | undefined;
  /** Whether there is a terminal to press keys on. */
  readonly hasKeys: boolean;
  /** Whether what is typed goes to a shell: keys need the prefix then. */
  readonly shellHasKeys: () => boolean;
}

const bootsAgain = 'Enter boots it again, q quits';

/** So many verdicts are kept for the keys and the summary. */
const keptRuns = 10_000;

export class Report {
  readonly #options: ReportOptions;
  readonly #screen: Screen;
  readonly #concluded: Concluded[] = [];
  readonly #beganMs = Date.now();
  #failedLog: string | undefined;
  readonly #hinted = new Set<string>();
  /** Why the run that is on its way, or the last one, booted where else modules would have been exchanged. */
  #booted: { readonly run: number; readonly why: string } | undefined;

  constructor(options: ReportOptions) {
    this.#options = options;
    this.#screen = options.screen;
  }

  /** A run's verdict, what proves it first. */
  verdict(concluded: Concluded, decoded?: Decoded): void {
    this.#concluded.push(concluded);
    if (this.#concluded.length > keptRuns) this.#concluded.shift();
    const { failure } = 'failure' in concluded.verdict ? concluded.verdict : { failure: undefined };
    this.#failedLog = failure?.words.log ?? this.#failedLog;
    this.#screen.text(evidence(concluded.verdict, decoded));
    if (!this.#options.quiet || !this.#options.json) this.#screen.text(`${runLine(concluded, this.#wording)}\n`);
    if (this.#options.json) process.stdout.write(`${runJson(concluded)}\n`);
    if (concluded.verdict.is === 'up' && concluded.run.cause === 'start') {
      this.#screen.note(`${controlName(this.#options.prefix)} and a key: h shows them`);
    }
    this.#hint(concluded);
    if (concluded.verdict.is === 'lost' && this.#options.hasKeys) this.#screen.note(`the VM is gone; ${bootsAgain}`);
  }

  /** Once for each option: a run that linked and booted for what might be a module. */
  #hint({ run, verdict }: Concluded): void {
    const watched = this.#options.watched();
    const { bootMs } = costsOf(run);
    if (watched === undefined || run.cause !== 'save' || bootMs === undefined || verdict.is === 'lost' || run.changed.length === 0) return;
    const context = whyContext(watched);
    const options = new Set(run.changed.map((path) => mightBeModule(relative(watched.tree, path), context)));
    const [option] = options;
    if (options.size !== 1 || option === undefined || this.#hinted.has(option)) return;
    this.#hinted.add(option);
    const objects = run.changed.map((path) => stampOf(join(watched.buildDir, relative(watched.tree, path).replace(/\.c$/, '.o'))));
    const compiledAt = Math.max(...objects.map((stamp) => (stamp === 'missing' ? Infinity : stamp - performance.timeOrigin)));
    this.#screen.note(`${option}=m would make such a run about ${duration(asModuleMs(run, compiledAt))} instead of ${duration(costsOf(run).totalMs)}: npm run watch -- --module-as-loadable ${option}`);
  }

  /** What a run came to in the kernel of a variant. @param log the file that holds what it printed, where it did not pass */
  shadow(shadow: Shadowed, log: string | undefined): void {
    if (!this.#options.quiet || !this.#options.json) this.#screen.text(`${shadowLine(shadow, { ...this.#wording, log })}\n`);
    if (this.#options.json) process.stdout.write(`${shadowJson(shadow, log)}\n`);
  }

  /** @param toldOfConfig what became of an edit to the configuration has been said */
  notice(notice: Notice, toldOfConfig = false): void {
    switch (notice.notice) {
      case 'paused': return this.#screen.note(this.#pauseWords(notice.why));
      case 'resumed': return this.#screen.note(notice.why === 'key' ? 'watching again' : 'the tree is back');
      case 'nothing-to-do': {
        const certain = notice.changes.filter((change) => change.kind !== 'perhaps' && !(toldOfConfig && change.kind === 'config'));
        if (certain.length > 0) this.#screen.note(`${certain.map((change) => this.#options.short(change.path)).join(', ')}: nothing to do`);
        return;
      }
      case 'boots':
        this.#booted = notice;
        return this.#screen.note(`${notice.why}: the VM boots again`);
      case 'no-kernel': return this.#screen.note('there is no kernel to boot yet');
      case 'no-vm': return this.#screen.note('no VM is running; Enter boots one');
      case 'shell-ended': return this.#screen.note(`the shell and its VM have ended; ${bootsAgain}`);
    }
  }

  /** @param consoleLog the console log of the last VM, where one has run */
  show(what: Shown, consoleLog: string | undefined): void {
    switch (what) {
      case 'help': return this.help();
      case 'failures': return this.#screen.text(failuresOnly(this.#concluded, this.#wording));
      case 'log': return this.#log(consoleLog ?? this.#failedLog);
      case 'why': return void this.#why();
    }
  }

  help(): void {
    const before = this.#options.shellHasKeys() ? `${controlName(this.#options.prefix)} ` : '';
    this.#screen.text(keyWords.map(([key, words]) => `  ${before}${key.padEnd(6)} ${words}\n`).join(''));
  }

  /** All runs in a line, at the end. */
  summary(): void {
    this.#screen.note(summaryLine(tally(this.#concluded)));
  }

  /** The limit of inotify, and how it is raised. */
  polling(code: string, directories: number): void {
    const sysctl = code === 'EMFILE' ? 'fs.inotify.max_user_instances=512' : 'fs.inotify.max_user_watches=524288';
    this.#screen.text([
      `kloop: inotify's limit is reached: ${directories} directories cannot all be watched`,
      '  kloop checks the files every second instead; it notices a new file only at the next build.',
      `  Next: sudo sysctl ${sysctl}`,
      `        echo ${sysctl} | sudo tee /etc/sysctl.d/90-inotify.conf   # makes it permanent`,
      '',
    ].join('\n'));
  }

  #pauseWords(why: PauseReason): string {
    switch (why) {
      case 'git': return 'waiting for git to finish (b builds anyway)';
      case 'away': return `the tree is gone: ${this.#options.watched()?.tree ?? ''}; waiting for it to come back`;
      case 'key': return 'paused; p resumes';
    }
  }

  #log(log: string | undefined): void {
    if (log === undefined) return this.#screen.note('no VM has run yet');
    const text = readText(log);
    const lines = (typeof text === 'string' ? text : '').replaceAll('\r', '').split('\n');
    this.#screen.text(`${lines.slice(-40).join('\n').trimEnd()}\n  Full log: ${log}\n`);
  }

  async #why(): Promise<void> {
    const watched = this.#options.watched();
    if (watched === undefined) return this.#screen.note('nothing is watched yet');
    const { run } = this.#concluded.findLast((one) => one.run.changed.length > 0) ?? {};
    const done = run === undefined ? [] : whyRun({ run, booted: this.#booted?.run === run.number ? this.#booted.why : undefined, partsOf: this.#options.parts(), short: this.#options.short });
    this.#screen.text(done.map((line) => `${line}\n`).join(''));
    const lines = await whyNothing({ watched, sinceMs: this.#beganMs, processes: this.#options.processes });
    this.#screen.text(`edits in the last ${duration(Date.now() - this.#beganMs)} that had no effect:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  }

  get #wording() {
    return { short: this.#options.short, colour: this.#screen.colour };
  }
}
