/** What the loop writes: lines, and a status that goes away. Everything to stderr; stdout is the command's. */
import type { Tty } from '../../host/tty.ts';
import { statusLine } from '../../progress/status-line.ts';
import { Margin } from './margin.ts';
import { TerminalModes } from './modes.ts';

interface ScreenOptions {
  readonly stderr: NodeJS.WriteStream;
  readonly quiet: boolean;
  /** The terminal of our input, where there is one. */
  readonly tty: Tty | undefined;
  /** Names commands as the reader types them. */
  readonly asTyped: (text: string) => string;
}

export class Screen {
  readonly #options: ScreenOptions;
  readonly #modes = new TerminalModes();
  readonly #margin = new Margin();
  readonly #line: ((text: string) => void) | undefined;
  #status = '';
  #titled = false;
  /** Lines for which a full-screen program of the guest leaves no room. */
  #late = '';

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#line = options.quiet ? undefined : statusLine(options.stderr);
  }

  /** Whether there is a line for what goes on. */
  get hasStatus(): boolean {
    return this.#line !== undefined;
  }

  get colour(): boolean {
    return this.#options.stderr.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
  }

  /** Output of the guest's shell, which the terminal has now. */
  passed(chunk: Buffer): void {
    this.#modes.push(chunk);
    this.#margin.push(chunk);
    if (this.#late !== '' && !this.#modes.fullScreen) {
      const late = this.#late;
      this.#late = '';
      this.#put(late);
    }
  }

  /**
   * The guest's shell is gone: what it, or an editor in it, has switched on is
   * switched off, and what is written next does not follow its prompt on the line.
   */
  guestGone(): void {
    if (this.#options.stderr.isTTY) this.#options.stderr.write(`${this.#modes.reset()}${this.#margin.at ? '' : '\r\n'}`);
    this.#margin.reset();
    if (this.#late !== '') {
      const late = this.#late;
      this.#late = '';
      this.#put(late);
    }
  }

  /** Whole lines, with their ends. */
  text(lines: string): void {
    if (lines === '') return;
    const typed = this.#options.asTyped(lines);
    if (this.#options.tty?.mode === 'raw' && this.#modes.fullScreen) this.#late += typed;
    else this.#put(typed);
  }

  /** A line that `--quiet` leaves out. */
  note(line: string): void {
    if (!this.#options.quiet) this.text(`kloop: ${line}\n`);
  }

  /** What goes on now; '' for nothing. On a terminal only: a line that is replaced, or the title while a shell has the screen. */
  status(text: string): void {
    const { stderr, tty } = this.#options;
    if (this.#line === undefined || text === this.#status) return;
    if (tty?.mode === 'raw') {
      // The old title is put aside first (xterm's title stack).
      stderr.write(`${this.#titled ? '' : '\x1b[22;2t'}\x1b]2;${text === '' ? 'kloop' : `kloop: ${text}`}\x07`);
      this.#titled = true;
      return;
    }
    this.#status = text;
    this.#line(text);
  }

  /** The last word: the terminal is as it was. */
  end(): void {
    this.status('');
    this.guestGone();
    if (this.#titled) this.#options.stderr.write('\x1b[23;2t');
    this.#titled = false;
  }

  #put(lines: string): void {
    const { stderr, tty } = this.#options;
    if (this.#status !== '') stderr.write('\r\x1b[K');
    this.#status = '';
    if (tty?.mode !== 'raw') {
      stderr.write(lines);
      return;
    }
    // Above the guest's line, be it a prompt or half a line of output, which stands there again afterwards.
    // A raw terminal does not go back to the first column by itself.
    const { line } = this.#margin;
    stderr.write(`${line === undefined ? '\r\n' : '\r\x1b[K'}${lines.replaceAll('\n', '\r\n')}`);
    if (line === undefined) this.#margin.reset();
    else stderr.write(line);
  }
}
