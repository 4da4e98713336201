/** VMs for end-to-end tests: the guest's init made once, and the harness started with real streams. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Processes } from '../../tasks/host/processes/process.ts';
import { isFailure, formatFailure } from '../../tasks/report/failure.ts';
import type { GuestCommand } from '../../tasks/machine/description.ts';
import type { VmRequest } from '../../tasks/machine/request.ts';
import { bootVm } from '../../tasks/machine/run/boot.ts';
import { prepare } from '../../tasks/machine/run/prepare.ts';
import { guestTarget } from '../../tasks/targets/guest.ts';
import { plainRequest } from './plain.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What runs one VM. */
export const harness = join(root, 'test', 'machine', 'harness.ts');

export interface Place {
  readonly stateDir: string;
  remove(): void;
}

/** Whether the kernel under test is older than this one. */
export function kernelIsBefore(major: number, minor: number): boolean {
  const kernel = process.env['KLOOP_TEST_KERNEL'];
  const banner = /Linux version (\d+)\.(\d+)/.exec(kernel === undefined ? '' : readFileSync(kernel, 'latin1'));
  const [, itsMajor = 0, itsMinor = 0] = (banner ?? []).map(Number);
  return itsMajor < major || (itsMajor === major && itsMinor < minor);
}

/** A state directory with the guest's init in it. */
export async function makePlace(): Promise<Place> {
  if (!process.env['KLOOP_TEST_KERNEL']) throw new Error('KLOOP_TEST_KERNEL must name a vmlinux for the end-to-end tests');
  const stateDir = mkdtempSync(join(tmpdir(), 'kloop-vm-'));
  const target = guestTarget({ projectDir: root, stateDir, processes: new Processes() });
  const made = await target.run({
    signal: new AbortController().signal, log: join(stateDir, 'guest.log'), startedMs: 0, past: undefined, reason: undefined,
    progress: () => undefined, say: () => undefined,
  });
  if (isFailure(made)) throw new Error(formatFailure(made));
  return { stateDir, remove: () => rmSync(stateDir, { recursive: true, force: true }) };
}

interface Ended {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly ms: number;
}

interface Asked {
  readonly request: Partial<VmRequest>;
  /** 'later': `during` ends it. */
  readonly input?: Buffer | string;
  readonly dryRun?: boolean;
  /** kloop is this user's, and not root's. */
  readonly uid?: number;
  /** Called with the harness once it runs. */
  readonly during?: (child: ChildProcess) => void;
}

function startVm(place: Place, asked: Asked): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', harness], {
    cwd: root,
    env: { ...process.env, KLOOP_HARNESS: JSON.stringify({ request: asked.request, stateDir: place.stateDir, dryRun: asked.dryRun }) },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(asked.uid === undefined ? {} : { uid: asked.uid, gid: asked.uid }),
  });
}

export function runVm(place: Place, asked: Asked): Promise<Ended> {
  const began = performance.now();
  const child = startVm(place, asked);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin?.on('error', () => undefined); // a guest that reads no further
  if (asked.input !== 'later') child.stdin?.end(asked.input ?? '');
  asked.during?.(child);
  return new Promise((resolve) => child.on('close', (status) => resolve({
    status, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString(), ms: performance.now() - began,
  })));
}

/** A guest that is kept, for several commands. */
export interface StartedGuest {
  run(command: GuestCommand): Promise<{ readonly status: number; readonly text: string }>;
  stop(): Promise<void>;
}

export async function startGuest(place: Place, request: Partial<VmRequest>): Promise<StartedGuest> {
  const prepared = await prepare({ ...plainRequest, ...request }, place);
  if (isFailure(prepared)) throw new Error(formatFailure(prepared));
  const vm = await bootVm({ prepared, stateDir: place.stateDir, command: undefined, bootTimeoutMs: 120_000 });
  if (isFailure(vm)) throw new Error(formatFailure(vm));
  const lost = vm.gone.then((failure): never => { throw new Error(failure === undefined ? 'the guest was stopped' : formatFailure(failure)); });
  lost.catch(() => undefined);
  await Promise.race([vm.ready, lost]);
  return {
    run: async (command) => {
      const parts: Buffer[] = [];
      const session = vm.guest.start(command, (_, chunk, taken) => {
        parts.push(chunk);
        taken();
      });
      const { status } = await Promise.race([session.ended, lost]);
      return { status, text: Buffer.concat(parts).toString() };
    },
    stop: () => vm.stop(),
  };
}

/** Processes whose command line holds this text. */
export async function running(text: string): Promise<string[]> {
  const { readdirSync } = await import('node:fs');
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(text) && line.includes('qemu') ? [`${pid} ${line}`] : [];
    } catch {
      return [];
    }
  });
}
