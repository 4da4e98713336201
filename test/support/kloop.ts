/** kloop as a person starts it, from a test. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr holds a match. */
  says(pattern: RegExp): Promise<void>;
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
}

/** Starts kloop in a process group of its own. */
export function startKloop(args: readonly string[], options: StartOptions = {}): Running {
  const child = spawn(process.execPath, [join(root, 'tasks', 'launch.cjs'), ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, KLOOP_ENV_FILE: '', ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout?.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const check of waiting) check();
  });
  child.stdin?.end(options.input);
  const ended = new Promise<Ended>((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
  return {
    child,
    ended,
    says: (pattern) => new Promise((resolve, reject) => {
      const check = () => {
        if (!pattern.test(stderr)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void ended.then(() => { if (!pattern.test(stderr)) reject(new Error(`it never said ${pattern}:\n${stderr}`)); });
    }),
  };
}

/** Runs kloop to its end. */
export const kloop = (args: readonly string[], options: StartOptions = {}): Promise<Ended> => startKloop(args, options).ended;

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
