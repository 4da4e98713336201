/** A terminal that a test types into and reads, by tmux. */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import * as assert from 'uvu/assert';

/** A terminal of 100 by 30, in which an ordinary shell runs. */
export class Screen {
  static #count = 0;
  // A server that was told to end may still be about when the next one starts.
  readonly #socket = `kloop-test-${process.pid}-${++Screen.#count}`;
  /** A client in tmux's control mode: it tells of each change on the screen. (tmux(1), CONTROL MODE) */
  readonly #client: ChildProcessByStdio<Writable, Readable, null>;

  /** With the shell's prompt: until then tmux still changes the terminal's settings. */
  static async open(env: NodeJS.ProcessEnv, dir: string): Promise<Screen> {
    const screen = new Screen(env, dir);
    await screen.until(/^[#$]/m);
    return screen;
  }

  private constructor(env: NodeJS.ProcessEnv, dir: string) {
    // Dash: what it prints is what it is told to.
    const started = spawnSync('tmux', ['-L', this.#socket, '-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '30', '-c', dir, 'dash'], { env: { ...env, ENV: '' }, encoding: 'utf8' });
    assert.is(started.status, 0, started.stderr);
    this.#client = spawn('tmux', ['-L', this.#socket, '-C', 'attach-session', '-f', 'ignore-size'], { stdio: ['pipe', 'pipe', 'ignore'] });
  }

  #tmux(...args: string[]): string {
    return spawnSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' }).stdout;
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  /** tmux's names: 'C-c', 'Enter'. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** All that stands and stood on the screen. */
  text(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-500').trimEnd();
  }

  clear(): void {
    this.#tmux('clear-history');
  }

  /** Resolves with the screen when it matches. It is looked at again whenever it has changed. */
  until(pattern: RegExp, ms = 60_000): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const over = () => {
        clearTimeout(deadline);
        this.#client.stdout.off('data', look);
      };
      const look = () => {
        text = this.text();
        if (!pattern.test(text)) return;
        over();
        resolve(text);
      };
      const deadline = setTimeout(() => {
        over();
        reject(new Error(`${pattern} never stood on the screen; there was:\n${text}`));
      }, ms);
      this.#client.stdout.on('data', look);
      look();
    });
  }

  /** The terminal's settings, as stty has them. */
  modes(): string {
    const tty = this.#tmux('display-message', '-p', '#{pane_tty}').trim();
    return spawnSync('stty', ['-F', tty, '-g'], { encoding: 'utf8' }).stdout.trim();
  }

  end(): void {
    this.#client.kill();
    this.#tmux('kill-server');
  }
}
