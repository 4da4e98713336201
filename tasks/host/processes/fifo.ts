/** A pipe with a name, for which Node has no call. */
import { spawnSync } from 'node:child_process';

/** Makes one that nobody else can open. @returns why it could not, in a line */
export function makeFifo(path: string): string | undefined {
  const made = spawnSync('mkfifo', ['-m', '600', path], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (made.error !== undefined) return `mkfifo: ${made.error.message}`;
  return made.status === 0 ? undefined : made.stderr.trim().split('\n')[0] ?? 'mkfifo failed';
}
