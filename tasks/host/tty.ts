/** The terminal's mode. By stty: Node's own raw mode leaves output processing on, which turns a guest's bare line feed into a new line. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How the terminal behaves: `keys`: each key comes at once and unechoed, signals too, lines are written as usual; `raw`: nothing is touched. */
export type TtyMode = 'usual' | 'keys' | 'raw';

/** A terminal whose mode changes; put back when the process ends in whatever way but SIGKILL. */
export interface Tty {
  set(mode: TtyMode): void;
  /** As usual for whoever has it next; `mode` stays, for `again`. */
  lend(): void;
  /** Sets the mode once more: something else has changed it, as a shell does with a suspended job. */
  again(): void;
  /** It was another job's when it was to be set: it stays as that has it, until `again`. */
  readonly owed: boolean;
  readonly mode: TtyMode;
}

/** `undefined` where `fd` isn't a terminal. */
export function openTty(fd: number): Tty | undefined {
  const saved = spawnSync('stty', ['-g'], { stdio: [fd, 'pipe', 'ignore'], encoding: 'utf8' });
  if (saved.status !== 0) return undefined;
  const usual = saved.stdout.trim();
  let mode: TtyMode = 'usual';
  let owed = false;
  const apply = (wanted: TtyMode) => {
    owed = isBackground();
    if (owed) return;
    if (wanted === 'usual') stty(fd, usual);
    else if (wanted === 'keys') stty(fd, usual, '-icanon', '-echo', '-isig', '-ixon', 'min', '1', 'time', '0');
    else stty(fd, usual, 'raw', '-echo');
    // Taken from us meanwhile: whoever has it sets it as it likes.
    owed = isBackground();
  };
  const restore = () => {
    if (mode === 'usual') return;
    mode = 'usual';
    apply(mode);
  };
  // Beneath every way in which Node itself ends a process.
  process.on('exit', restore);
  // Before Node prints the exception that ends us, so that its lines begin at the margin.
  process.on('uncaughtExceptionMonitor', restore);
  return {
    set(wanted) {
      if (wanted === mode) return;
      mode = wanted;
      apply(mode);
    },
    lend: () => { if (mode !== 'usual') apply('usual'); },
    again: () => apply(mode),
    get mode() { return mode; },
    get owed() { return owed; },
  };
}

/**
 * Whether the terminal is another job's: what we read would be that job's, and
 * its modes are not ours to set. By proc(5), whose stat has our process group
 * and that in the terminal's foreground.
 */
export function isBackground(): boolean {
  const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\) /s, '').split(' ').map(Number);
  return foreground !== undefined && foreground > 0 && foreground !== group;
}

/**
 * SIGTTOU is ignored: a terminal that is taken from us between our look and
 * stty's call would stop our whole process group, by default (termios(3)), and
 * nobody would know that it is to be continued. By a shell, for Node gives its
 * children the default for every signal.
 */
function stty(fd: number, ...args: string[]): void {
  spawnSync('sh', ['-c', 'trap "" TTOU; exec stty "$@"', 'stty', ...args], { stdio: [fd, 'ignore', 'ignore'] });
}
