/** What a person is told while a VM boots: the seconds, on a line that goes away; where there is no such line, one line when it takes long. */

export interface BootingOptions {
  /** Replaces the status line, '' takes it away; `undefined` where there is none. */
  readonly status: ((text: string) => void) | undefined;
  readonly say: (line: string) => void;
  /** Where the kernel's console can be read meanwhile. */
  readonly console: string;
}

/** A boot takes about one second; from the next on it is shown. */
const tickMs = 1000;
/** So long a boot is no news; then a person wants to know where to look. Seconds. */
const longSeconds = 5;

/** @returns what ends it; it may be called again. */
export function showBooting({ status, say, console }: BootingOptions): () => void {
  let seconds = 0;
  const timer = setInterval(() => {
    seconds++;
    status?.(bootingWords(seconds, console));
    if (status === undefined && seconds === longSeconds) say(bootingWords(seconds, console));
  }, tickMs);
  let over = false;
  return () => {
    if (over) return;
    over = true;
    clearInterval(timer);
    if (seconds > 0) status?.('');
  };
}

/** @param console where the kernel's console can be read: said when it takes long */
export function bootingWords(seconds: number, console: string): string {
  return `booting … ${seconds} s${seconds < longSeconds ? '' : `; its console: ${console}`}`;
}
