/** The person's side of the terminal: what is typed, and its size. */
import { TerminalJob } from '../../host/terminal-job.ts';
import type { Tty, TtyMode } from '../../host/tty.ts';
import type { Session } from '../../machine/guest/control.ts';
import { TypeAhead } from '../../machine/guest/type-ahead.ts';
import { keysOf, PrefixParser, type Key } from './keys.ts';
import { typedAfter } from './typed-line.ts';

/** The guest's shell that what is typed belongs to. */
export interface Typist {
  /** `undefined`: its VM is about to come. */
  readonly session: Session | undefined;
  /** Until it does, what is typed is kept. */
  readonly reads: boolean;
}

interface KeyboardOptions {
  readonly tty: Tty;
  /** A control character's byte. */
  readonly prefix: number;
  /** Without one what is typed is keys. */
  readonly typist: () => Typist | undefined;
  readonly pressed: (key: Key) => void;
  /** The prefix, and then what isn't a key. */
  readonly lost: () => void;
  /** Here again after having been suspended: files may have changed meanwhile. */
  readonly resumed: () => void;
}

/** What does not answer to a change of size within this time has no prompt to draw. Ms. */
const redrawMs = 100;

export class Keyboard {
  readonly #options: KeyboardOptions;
  readonly #prefix: PrefixParser;
  readonly #job: TerminalJob;
  readonly #ahead = new TypeAhead();
  #undo: (() => void)[] = [];
  /** Keys to the guest's shell go one after the other. */
  #typed: Promise<unknown> = Promise.resolve();
  /** The shell was told a size that isn't the terminal's. */
  #redrawing: NodeJS.Timeout | undefined;
  /** Characters in the line that is being typed. */
  #line = 0;

  constructor(options: KeyboardOptions) {
    this.#options = options;
    this.#prefix = new PrefixParser(options.prefix);
    this.#job = new TerminalJob({
      tty: options.tty,
      stdin: process.stdin,
      resumed: () => {
        this.redraw();
        options.resumed();
      },
    });
  }

  begin(): void {
    const on = (emitter: NodeJS.EventEmitter, event: string, listener: (...args: never[]) => void) => {
      emitter.on(event, listener as (...args: unknown[]) => void);
      this.#undo.push(() => emitter.removeListener(event, listener as (...args: unknown[]) => void));
    };
    on(process.stdin, 'data', (bytes: Buffer) => this.#type(bytes));
    on(process.stdin, 'end', () => this.#options.pressed('quit'));
    on(process.stdout, 'resize', () => this.#resize());
    this.#job.read(true);
  }

  end(): void {
    for (const step of this.#undo) step();
    this.#undo = [];
    clearTimeout(this.#redrawing);
    this.#job.end();
  }

  set(mode: TtyMode): void {
    this.#job.set(mode);
  }

  /** Ctrl-Z was pressed: returns when we are continued. */
  suspend(): void {
    this.#job.suspend();
  }

  /** The guest's shell reads now: it gets what was typed meanwhile, and its size. */
  shellReads(): void {
    this.#resize();
    const typed = this.#ahead.take();
    if (typed !== undefined) this.#pass(typed);
  }

  /** The shell is gone. @returns whether something was being typed into it, or was kept for it */
  shellGone(): boolean {
    const typed = this.#line > 0;
    const kept = this.#ahead.take();
    this.#line = 0;
    return typed || kept !== undefined;
  }

  /**
   * A line editor draws its prompt again when the window's size has changed:
   * bash's looks, and does nothing where the size is as it was. So the size is
   * another until it has answered.
   */
  redraw(): void {
    const { rows, columns } = process.stdout;
    this.#shell?.resize({ rows: rows - 1, columns });
    clearTimeout(this.#redrawing);
    this.#redrawing = setTimeout(() => this.answered(), redrawMs);
  }

  /** The guest's shell has written something. */
  answered(): void {
    if (this.#redrawing === undefined) return;
    clearTimeout(this.#redrawing);
    this.#redrawing = undefined;
    this.#resize();
  }

  get #shell(): Session | undefined {
    return this.#options.typist()?.session;
  }

  #type(bytes: Buffer): void {
    if (this.#options.typist() === undefined) {
      for (const key of keysOf(bytes)) this.#options.pressed(key);
      return;
    }
    for (const typed of this.#prefix.push(bytes)) {
      if ('key' in typed) this.#options.pressed(typed.key);
      else if ('unknown' in typed) this.#options.lost();
      else this.#forward(typed.forward);
    }
  }

  #forward(typed: Buffer): void {
    // Asked each time: a key just before may have changed it.
    const ready = this.#options.typist()?.reads === true ? typed : this.#ahead.hold(typed);
    if (ready !== undefined) this.#pass(ready);
  }

  #pass(typed: Buffer): void {
    const shell = this.#shell;
    this.#line = typedAfter(this.#line, typed);
    this.#typed = this.#typed.then(() => shell?.write(typed));
  }

  #resize(): void {
    const { rows, columns } = process.stdout;
    this.#shell?.resize({ rows, columns });
  }
}
