/** What a test kills. */
import { execFileSync } from 'node:child_process';

/** SIGKILL to kloop, and to all that it started: they run in groups of their own. */
export function killAll(pid: number): void {
  const children = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,pgid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const doomed = new Set([pid]);
  for (let more = true; more;) {
    more = false;
    for (const [child = 0, parent = 0] of children) if (doomed.has(parent) && !doomed.has(child)) { doomed.add(child); more = true; }
  }
  for (const one of doomed) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}
