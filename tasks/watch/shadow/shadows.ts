/**
 * Shadow runs: when a run of the loop has its verdict, its command runs once
 * more in the kernels of variants, in the background: a debug kernel takes its
 * time. They make way for a build, and are given up when a run comes of that. Each
 * is another kloop, which takes its own locks and ends with all that it started:
 * nothing of it is in the loop's way.
 */
import { writeFileSync } from 'node:fs';
import { Capture } from '../../host/processes/capture.ts';
import { runHeard } from '../../host/processes/heard.ts';
import { formatFailure, isFailure } from '../../report/failure.ts';
import { shadowed, type Shadowed } from './words.ts';

/** What a variant's run is started by. */
export interface Shadow {
  readonly variant: string;
  readonly argv: readonly string[];
  /** A name for the file that holds what a bad run printed. */
  readonly log: () => string;
}

interface ShadowsOptions {
  readonly cwd: string;
  readonly note: (line: string) => void;
  readonly tell: (shadow: Shadowed, log: string | undefined) => void;
}

/** A kloop ends all that it started within a second; a stuck one is killed. */
const graceMs = 3_000;
/** Bytes of what a run prints that are kept, besides as many of its end. */
const kept = 1 << 20;

export class Shadows {
  readonly #all: readonly Shadow[];
  readonly #options: ShadowsOptions;
  #running: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  /** Those that have not told their verdict of the newest run. */
  #left: { readonly run: number; readonly shadows: readonly Shadow[] } | undefined;

  constructor(all: readonly Shadow[], options: ShadowsOptions) {
    this.#all = all;
    this.#options = options;
  }

  /** A run has its verdict. */
  begin(run: number): void {
    this.#left = { run, shadows: this.#all };
    this.#start();
  }

  /** @returns when nothing of it runs any more */
  async makeWay(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  /** Nothing came of the build for which they made way: they go on, with what is compiled of them by now. */
  resume(): void {
    this.#start();
  }

  /** @returns when nothing of it runs any more */
  giveUp(): Promise<void> {
    this.#left = undefined;
    return this.makeWay();
  }

  /** One after the other, when what was before is gone. */
  #start(): void {
    if (this.#left === undefined || this.#left.shadows.length === 0) return;
    const { run, shadows } = this.#left;
    const before = this.makeWay();
    const abort = new AbortController();
    const work = async () => {
      await before;
      for (const [i, shadow] of shadows.entries()) {
        const tell = abort.signal.aborted ? undefined : await this.#follow(shadow, run, abort.signal);
        if (tell === undefined) return;
        this.#left = { run, shadows: shadows.slice(i + 1) };
        tell();
      }
    };
    this.#running = { abort, done: work() };
  }

  /** @returns what tells how it came out; `undefined` where it was ended */
  async #follow({ variant, argv, log }: Shadow, run: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    const { cwd, note, tell } = this.#options;
    note(`run ${run}: ${variant} follows in the background`);
    const began = performance.now();
    const [stdout, all] = [new Capture(kept), new Capture(kept)];
    const exit = await runHeard({
      argv, cwd, signal, graceMs,
      heard: (stream, chunk) => {
        all.push(chunk);
        if (stream === 'stdout') stdout.push(chunk);
      },
    });
    if (signal.aborted) return undefined;
    if (isFailure(exit)) return () => note(formatFailure(exit).trimEnd());
    const told = shadowed({ variant, run }, { exit, stdout: stdout.text(), tookMs: performance.now() - began });
    return () => tell(told, told.verdict === 'passed' ? undefined : keep(log, all.text()));
  }
}

/** @returns where it is; `undefined` where it could not be written: the verdict counts */
function keep(log: () => string, text: string): string | undefined {
  try {
    const path = log();
    writeFileSync(path, text);
    return path;
  } catch {
    return undefined;
  }
}
