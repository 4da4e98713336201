/** The person's side of the terminal: what is typed, its size, and being suspended. */
import type { Tty, TtyMode } from '../host/tty.ts';
import type { Session } from '../machine/control.ts';
import { keysOf, PrefixParser, type Key } from './keys.ts';

export interface KeyboardOptions {
  readonly tty: Tty;
  /** A control character's byte. */
  readonly prefix: number;
  /** The guest's shell that what is typed belongs to; without one it is keys. */
  readonly shell: () => Session | undefined;
  readonly pressed: (key: Key) => void;
  /** The prefix, and then what is no key. */
  readonly lost: () => void;
  /** Here again after having been suspended: files may have changed meanwhile. */
  readonly resumed: () => void;
}

/** What does not answer to a change of size within this time has no prompt to draw. Ms. */
const redrawMs = 100;

/** How often a job in the background looks whether the terminal is its own again. Ms. */
const lookMs = 100;

export class Keyboard {
  readonly #options: KeyboardOptions;
  readonly #prefix: PrefixParser;
  #undo: (() => void)[] = [];
  /** Keys to the guest's shell go one after the other. */
  #typed: Promise<unknown> = Promise.resolve();
  /** Runs while the terminal is another job's. */
  #away: NodeJS.Timeout | undefined;
  /** The shell was told a size that is none. */
  #redrawing: NodeJS.Timeout | undefined;

  constructor(options: KeyboardOptions) {
    this.#options = options;
    this.#prefix = new PrefixParser(options.prefix);
  }

  begin(): void {
    const on = (emitter: NodeJS.EventEmitter, event: string, listener: (...args: never[]) => void) => {
      emitter.on(event, listener as (...args: unknown[]) => void);
      this.#undo.push(() => emitter.removeListener(event, listener as (...args: unknown[]) => void));
    };
    on(process.stdin, 'data', (bytes: Buffer) => this.#type(bytes));
    on(process.stdin, 'end', () => this.#options.pressed('quit'));
    on(process.stdout, 'resize', () => this.#resize());
    on(process, 'SIGTSTP', () => this.#suspend());
    on(process, 'SIGCONT', () => {
      this.#options.tty.again();
      this.#awaitTerminal();
      this.redraw();
      this.#options.resumed();
    });
  }

  end(): void {
    for (const step of this.#undo) step();
    this.#undo = [];
    clearTimeout(this.#redrawing);
    clearInterval(this.#away);
    // A terminal that is read would keep us alive.
    process.stdin.pause().unref();
  }

  set(mode: TtyMode): void {
    this.#options.tty.set(mode);
    if (mode !== 'usual' && !this.#options.tty.owed) process.stdin.resume();
  }

  /**
   * A line editor draws its prompt again when the window's size has changed:
   * bash's looks, and does nothing where the size is as it was. So the size is
   * another until it has answered.
   */
  redraw(): void {
    const { rows, columns } = process.stdout;
    this.#options.shell()?.resize({ rows: rows - 1, columns });
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

  #type(bytes: Buffer): void {
    const shell = this.#options.shell();
    if (shell === undefined) {
      for (const key of keysOf(bytes)) this.#options.pressed(key);
      return;
    }
    for (const typed of this.#prefix.push(bytes)) {
      if ('forward' in typed) this.#typed = this.#typed.then(() => shell.write(typed.forward));
      else if ('key' in typed) this.#options.pressed(typed.key);
      else this.#options.lost();
    }
  }

  /**
   * In the background what is typed is not ours, and reading it would block:
   * the shell, woken by it as well, takes it first. When we are brought back is
   * looked for, because a shell need not say so: bash sends a job that runs no
   * SIGCONT with `fg`.
   */
  #awaitTerminal(): void {
    const { tty } = this.#options;
    clearInterval(this.#away);
    if (!tty.owed) return;
    process.stdin.pause();
    this.#away = setInterval(() => {
      tty.again();
      if (tty.owed) return;
      clearInterval(this.#away);
      process.stdin.resume();
    }, lookMs);
  }

  #resize(): void {
    const { rows, columns } = process.stdout;
    this.#options.shell()?.resize({ rows, columns });
  }

  #suspend(): void {
    const { tty } = this.#options;
    const { mode } = tty;
    tty.set('usual');
    process.kill(process.pid, 'SIGSTOP');
    // Here again after SIGCONT.
    tty.set(mode);
  }
}
