/** What a run prints, as progress: its newest line, not too often; and while it prints nothing, a sign that it goes on. */
import { StringDecoder } from 'node:string_decoder';
import { duration } from '../text/duration.ts';
import { withoutEscapes } from '../text/escapes.ts';
import { cut } from './bounded.ts';

/** Calls `run` in so many ms; @returns what keeps it from that. */
type Later = (ms: number, run: () => void) => () => void;

/** At most a line in so many ms. */
const everyMs = 100;
/** A client that waits for an answer gives up after a minute without any, by the SDK's default. */
const silenceMs = 10_000;
/** Characters of a line. */
const room = 200;

interface ProgressOptions {
  readonly send: (message: string) => void;
  readonly later?: Later;
  readonly now?: () => number;
}

export class Progress {
  readonly #send: ProgressOptions['send'];
  readonly #later: Later;
  readonly #now: () => number;
  readonly #began: number;
  readonly #decoder = new StringDecoder('utf8');
  /** A line that has not ended yet. */
  #rest = '';
  #last = '';
  /** The newest since a line was sent, while the next has to wait. */
  #waiting: string | undefined;
  #paused = false;
  #cancel: () => void;

  constructor({ send, later = byTimer, now = () => performance.now() }: ProgressOptions) {
    this.#send = send;
    this.#later = later;
    this.#now = now;
    this.#began = now();
    this.#cancel = later(silenceMs, () => this.#alive());
  }

  push(chunk: Buffer): void {
    const lines = `${this.#rest}${this.#decoder.write(chunk)}`.split(/[\r\n]+/);
    // What never ends its line is nobody's progress, and must not fill the memory.
    this.#rest = (lines.pop() ?? '').slice(0, 4 * room);
    const newest = lines.findLast((line) => line.trim() !== '');
    if (newest === undefined) return;
    if (this.#paused) this.#waiting = newest;
    else this.#tell(newest);
  }

  end(): void {
    this.#cancel();
    this.#waiting = undefined;
  }

  #tell(line: string): void {
    this.#last = cut(withoutEscapes(line).trim(), room);
    this.#send(this.#last);
    this.#paused = true;
    this.#cancel();
    this.#cancel = this.#later(everyMs, () => {
      this.#paused = false;
      const line = this.#waiting;
      this.#waiting = undefined;
      if (line !== undefined) this.#tell(line);
      else this.#cancel = this.#later(silenceMs, () => this.#alive());
    });
  }

  #alive(): void {
    this.#send(`${this.#last === '' ? 'running' : this.#last} (${duration(this.#now() - this.#began)})`);
    this.#cancel = this.#later(silenceMs, () => this.#alive());
  }
}

const byTimer: Later = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
