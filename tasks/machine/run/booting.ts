/** What a person is told while a VM boots: the seconds, on a line that goes away; where there is no such line, one line when it takes long. */

interface BootingOptions {
  /** Replaces the status line, '' takes it away; `undefined` where there is none. */
  readonly status: ((text: string) => void) | undefined;
  readonly say: (line: string) => void;
  /** Where the kernel's console can be read meanwhile. */
  readonly console: string;
}

/** A boot takes about one second; from the next on it is shown. */
const tickMs = 1000;
/** A boot may take so long; then a person wants to know where to look. Seconds. */
const longSeconds = 5;

export interface Booting {
  /** The kernel is there; what is waited for now is its shell. */
  readonly shellBegun: () => void;
  /** May be called again. */
  readonly over: () => void;
}

export function showBooting({ status, say, console }: BootingOptions): Booting {
  let seconds = 0;
  let kernelIsThere = false;
  let over = false;
  const words = () => {
    if (kernelIsThere) return `booted; the shell is starting … ${seconds} s`;
    return `booting … ${seconds} s${seconds < longSeconds ? '' : `; its console: ${console}`}`;
  };
  const timer = setInterval(() => {
    seconds++;
    status?.(words());
    if (status === undefined && seconds === longSeconds) say(words());
  }, tickMs);
  return {
    shellBegun: () => {
      kernelIsThere = true;
      if (seconds > 0 && !over) status?.(words());
    },
    over: () => {
      if (over) return;
      over = true;
      clearInterval(timer);
      if (seconds > 0) status?.('');
    },
  };
}
