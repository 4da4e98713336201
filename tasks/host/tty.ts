/** The terminal's mode. By stty: Node's own raw mode leaves output processing on, which turns a guest's bare line feed into a new line. */
import { spawnSync } from 'node:child_process';

/** Makes the terminal on `fd` raw; gives what puts it back, also at an end by an exception. `undefined` where it is none. */
export function makeRaw(fd: number): (() => void) | undefined {
  const stty = (...args: string[]) => spawnSync('stty', args, { stdio: [fd, 'pipe', 'ignore'], encoding: 'utf8' });
  const saved = stty('-g');
  if (saved.status !== 0) return undefined;
  const restore = (): void => { stty(saved.stdout.trim()); };
  // Beneath every way in which Node itself ends a process.
  process.once('exit', restore);
  stty('raw', '-echo');
  return () => {
    process.removeListener('exit', restore);
    restore();
  };
}
