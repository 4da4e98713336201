/** The terminal's mode. By stty: Node's own raw mode leaves output processing on, which turns a guest's bare line feed into a new line. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether the terminal is another job's: stty from the background is stopped by
 * SIGTTOU, and we, who wait for it, with it. By proc(5), whose stat has our
 * process group and that in the terminal's foreground.
 */
function isBackground(): boolean {
  const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\) /s, '').split(' ').map(Number);
  return foreground !== undefined && foreground > 0 && foreground !== group;
}

/** Makes the terminal on `fd` raw; gives what puts it back, also at an end by an exception. `undefined` where it is none. */
export function makeRaw(fd: number): (() => void) | undefined {
  const stty = (...args: string[]) => spawnSync('stty', args, { stdio: [fd, 'pipe', 'ignore'], encoding: 'utf8' });
  const saved = stty('-g');
  if (saved.status !== 0) return undefined;
  const restore = (): void => { if (!isBackground()) stty(saved.stdout.trim()); };
  // Beneath every way in which Node itself ends a process.
  process.once('exit', restore);
  stty('raw', '-echo');
  return () => {
    process.removeListener('exit', restore);
    restore();
  };
}

/** How the terminal behaves: `keys`: each key comes at once and unechoed, signals too, lines are written as usual; `raw`: nothing is touched. */
export type TtyMode = 'usual' | 'keys' | 'raw';

/** A terminal whose mode changes; put back when the process ends in whatever way but SIGKILL. */
export interface Tty {
  set(mode: TtyMode): void;
  /** Also where something else has changed it meanwhile, as a shell does with a suspended job. */
  again(): void;
  /** It was another job's when it was to be set: it stays as that has it, until `again`. */
  readonly owed: boolean;
  readonly mode: TtyMode;
}

/** `undefined` where `fd` is no terminal. */
export function openTty(fd: number): Tty | undefined {
  const stty = (...args: string[]) => spawnSync('stty', args, { stdio: [fd, 'pipe', 'ignore'], encoding: 'utf8' });
  const saved = stty('-g');
  if (saved.status !== 0) return undefined;
  let mode: TtyMode = 'usual';
  let owed = false;
  const apply = () => {
    owed = isBackground();
    if (owed) return;
    const usual = saved.stdout.trim();
    if (mode === 'usual') stty(usual);
    else if (mode === 'keys') stty(usual, '-icanon', '-echo', '-isig', '-ixon', 'min', '1', 'time', '0');
    else stty(usual, 'raw', '-echo');
  };
  const restore = () => {
    if (mode === 'usual') return;
    mode = 'usual';
    apply();
  };
  process.on('exit', restore);
  // Before Node prints the exception that ends us, so that its lines begin at the margin.
  process.on('uncaughtExceptionMonitor', restore);
  return {
    set(wanted) {
      if (wanted === mode) return;
      mode = wanted;
      apply();
    },
    again: apply,
    get mode() { return mode; },
    get owed() { return owed; },
  };
}
