/**
 * Shadow runs: when a run of the loop has its verdict, its command runs once
 * more in the kernels of variants, in the background: a debug kernel takes its
 * time. They are given up when the next run begins. Each is another kloop, which
 * takes its own locks and ends with all that it started: nothing of it is in
 * the loop's way.
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

export interface ShadowsOptions {
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

  constructor(all: readonly Shadow[], options: ShadowsOptions) {
    this.#all = all;
    this.#options = options;
  }

  /** One after the other, when what was given up is gone. */
  begin(run: number): void {
    if (this.#all.length === 0) return;
    const before = this.giveUp();
    const abort = new AbortController();
    const work = async () => {
      await before;
      for (const shadow of this.#all) if (!abort.signal.aborted) await this.#follow(shadow, run, abort.signal);
    };
    this.#running = { abort, done: work() };
  }

  /** @returns when nothing of it runs any more */
  async giveUp(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  async #follow({ variant, argv, log }: Shadow, run: number, signal: AbortSignal): Promise<void> {
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
    if (signal.aborted) return;
    if (isFailure(exit)) return note(formatFailure(exit).trimEnd());
    const told = shadowed({ variant, run }, { exit, stdout: stdout.text(), tookMs: performance.now() - began });
    tell(told, told.verdict === 'passed' ? undefined : keep(log, all.text()));
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
