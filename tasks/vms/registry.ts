/**
 * The VMs of this user that run: a directory each in the runtime directory, named
 * for the VM, with its facts (`vm.json`) and a socket that its kloop listens
 * on. A VM is there as long as somebody listens: what a killed kloop left is
 * known by that, and removed by whoever comes next. Names are taken, and
 * leftovers removed, one kloop at a time.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { codeOf, fileFailure, textOf, writeWhole } from '../host/files.ts';
import { takeLock } from '../host/lock.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { factsOf, namesFrom, parseFacts, socketOf, type VmEntry, type VmFacts } from './entry.ts';
import { runtimeDir } from './runtime-dir.ts';

export interface ClaimedVm {
  readonly entry: VmEntry;
  /** The VM has ended: its directory is removed, and the name is free when this returns. Who is connected stays so. */
  close(): void;
}

/**
 * Makes a VM known.
 *
 * @param wanted its name; where it is taken, a number is added
 * @param onConnection somebody wants to reach it
 */
export async function claimVm(wanted: string, facts: VmFacts, onConnection: (socket: Socket) => void): Promise<Result<ClaimedVm>> {
  const base = runtimeDir();
  if (isFailure(base)) return base;
  const lock = await takeLock({ name: lockOf(base), holder: `kloop (pid ${process.pid})` });
  try {
    for (const name of namesFrom(wanted)) {
      const dir = join(base, name);
      if (!(await isFree(dir))) continue;
      mkdirSync(dir, { mode: 0o700 });
      const server = createServer({ allowHalfOpen: false }, onConnection);
      const close = () => {
        server.close();
        rmSync(dir, { recursive: true, force: true });
      };
      await listening(server, socketOf(dir));
      const written = writeWhole(factsOf(dir), `${JSON.stringify(facts, undefined, 1)}\n`, 0o600);
      if (!isFailure(written)) return { entry: { ...facts, name, dir }, close };
      close();
      return written;
    }
    throw new Error('names do not end');
  } catch (error) {
    return fileFailure('making the VM known', base, error);
  } finally {
    await lock?.release();
  }
}

/** Those that run, by their names; leftovers are removed on the way. */
export async function listVms(): Promise<Result<VmEntry[]>> {
  const base = runtimeDir();
  if (isFailure(base)) return base;
  const found: VmEntry[] = [];
  let leftovers = false;
  for (const name of directoriesIn(base)) {
    const dir = join(base, name);
    const facts = parseFacts(textOf(factsOf(dir)) ?? '');
    if (!(await isListening(socketOf(dir)))) leftovers = true;
    else if (facts !== undefined) found.push({ ...facts, name, dir });
  }
  if (leftovers) await sweep(base);
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** One that was being made when it was looked at is whole by now: its maker had the lock. */
async function sweep(base: string): Promise<void> {
  const lock = await takeLock({ name: lockOf(base), holder: `kloop (pid ${process.pid})` });
  try {
    for (const name of directoriesIn(base)) await isFree(join(base, name));
  } finally {
    await lock?.release();
  }
}

const lockOf = (base: string) => `vms:${base}`;

function directoriesIn(base: string): string[] {
  try {
    return readdirSync(base, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** With the lock held: whether nobody has it; what was left of one is removed. */
async function isFree(dir: string): Promise<boolean> {
  if (await isListening(socketOf(dir))) return false;
  rmSync(dir, { recursive: true, force: true });
  return true;
}

/** A kloop that was stopped (Ctrl-Z) listens, too: the kernel takes connections for it, until there are too many (EAGAIN). */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => resolve(codeOf(error) === 'EAGAIN'));
  });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    // What keeps kloop running is the VM, not this.
    server.listen(path, () => {
      server.unref();
      resolve();
    });
  });
}
