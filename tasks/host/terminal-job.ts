/**
 * Our part in a shell's job control, where the terminal is in a mode of ours:
 * it is given back before we stop, taken again when we are back, and let be,
 * read neither, while we run in the background.
 */
import { isBackground, type Tty, type TtyMode } from './tty.ts';

interface TerminalJobOptions {
  readonly tty: Tty;
  readonly stdin: NodeJS.ReadStream;
  /** Here again after having been stopped. */
  readonly resumed: () => void;
}

/** How often a job in the background looks whether the terminal is its own again. Ms. */
const lookMs = 100;

export class TerminalJob {
  readonly #options: TerminalJobOptions;
  /** Runs while the terminal is another job's. */
  #away: NodeJS.Timeout | undefined;
  #reads = false;
  /** SIGTSTP has come, and what is on its way by now is looked at first. */
  #stopping: NodeJS.Immediate | undefined;

  constructor(options: TerminalJobOptions) {
    this.#options = options;
    // Whoever listens to it next does not make it flow.
    options.stdin.pause();
    process.on('SIGCONT', this.#continued);
    this.#look();
  }

  set(mode: TtyMode): void {
    if (mode === this.#options.tty.mode) return;
    this.#options.tty.set(mode);
    this.#listen();
    this.#look();
  }

  /** Whether what is typed is wanted. In the background it is not read: it is another job's, and reading would stop us. */
  read(wanted: boolean): void {
    this.#reads = wanted;
    this.#flow();
  }

  /** Stops the whole job, as the terminal's own Ctrl-Z would: npm is part of it. Returns when it is continued. */
  suspend(): void {
    this.#give();
    process.kill(0, 'SIGTSTP');
    this.#take();
  }

  /** The terminal is as usual, and we are done with it. */
  end(): void {
    this.set('usual');
    process.removeListener('SIGTSTP', this.#asked);
    process.removeListener('SIGCONT', this.#continued);
    clearImmediate(this.#stopping);
    clearInterval(this.#away);
    // A terminal that is read would keep us alive.
    this.#options.stdin.pause().unref();
  }

  /**
   * SIGTSTP from somewhere else. Continued before we stop, we do not: who
   * sends both may be quicker than we are, and would not do so again. Two
   * turns of Node's loop, for a signal is seen between them; and nothing but
   * the stop after the last of them, for one that comes then is lost.
   */
  readonly #asked = (): void => {
    this.#give();
    this.#stopping = setImmediate(() => {
      this.#stopping = setImmediate(() => {
        process.kill(process.pid, 'SIGTSTP');
        this.#take();
      });
    });
  };

  /**
   * The terminal first: once the shell has it again, it is not ours to set.
   * Then the signal's default, which stops us within the call: a handler that
   * stops us comes later, and a `fg` may be quicker. Where nobody could
   * continue us (an orphaned process group), the kernel lets us go on.
   */
  #give(): void {
    clearImmediate(this.#stopping);
    this.#options.tty.lend();
    process.removeListener('SIGTSTP', this.#asked);
  }

  #take(): void {
    clearImmediate(this.#stopping);
    this.#listen();
    this.#options.tty.again();
    this.#look();
  }

  /** In a terminal as usual Ctrl-Z is the terminal's: nothing is to be given back, and by default we stop with our whole group. */
  #listen(): void {
    process.removeListener('SIGTSTP', this.#asked);
    if (this.#options.tty.mode !== 'usual') process.on('SIGTSTP', this.#asked);
  }

  readonly #continued = (): void => {
    this.#take();
    this.#options.resumed();
  };

  /** When we are brought back is looked for, because a shell need not say so: bash sends a job that runs no SIGCONT with `fg`. */
  #look(): void {
    clearInterval(this.#away);
    this.#away = undefined;
    if (isBackground()) {
      this.#away = setInterval(() => {
        if (isBackground()) return;
        this.#options.tty.again();
        this.#look();
      }, lookMs);
      this.#away.unref();
    }
    this.#flow();
  }

  #flow(): void {
    const { stdin } = this.#options;
    if (this.#reads && this.#away === undefined) stdin.resume();
    else stdin.pause();
  }
}
