/** Starts a VM, watches it, and ends it. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { readAt } from '../../host/files.ts';
import { startChild, type Child } from '../../host/processes/child.ts';
import { WholeLines } from '../../host/processes/lines.ts';
import type { User } from '../../host/users.ts';
import { scratchFile } from '../../host/scratch.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { filesServer, shareServer } from '../guest/place.ts';
import { programOf } from '../guest/program.ts';
import { qemuArgv } from '../qemu/arguments.ts';
import { openCaptures, type Captures } from '../capture/captures.ts';
import { splatsOf } from '../../console/reader.ts';
import type { Splat } from '../../console/splat.ts';
import { judgeConsole } from '../../console/verdict.ts';
import { complaintsIn, whenHalted } from './console-file.ts';
import { consoleOf, lastOf, newConsoleLog, newestConsole } from './console-log.ts';
import { openCore } from './core.ts';
import { guestInitramfs, openFor } from './given.ts';
import { whereItIs } from '../qemu/evidence.ts';
import { Guest, type Hello } from '../guest/control.ts';
import type { GuestConfig, VmDescription } from '../description.ts';
import { guestEnvironment } from '../guest/environment.ts';
import type { ReachedVm } from '../request.ts';
import { askKmemleak, hasKmemleak } from './leaks.ts';
import type { Prepared } from './prepare.ts';
import { Monitor } from '../qemu/monitor.ts';
import { vmFacts } from '../reach/facts.ts';
import { makeKnown } from '../reach/make-known.ts';
import { watchRefusals, type Refusals } from '../qemu/refused.ts';
import { functionSymbols, symbolsPath } from '../qemu/symbols.ts';
import { machineFailure } from '../reasons.ts';

interface BootOptions {
  readonly prepared: Prepared;
  readonly stateDir: string;
  /** The command that the guest starts by itself, as session 1. */
  readonly command: GuestConfig['command'];
  /** What it is for, where that is started later. */
  readonly asked?: GuestConfig['command'];
  readonly bootTimeoutMs: number;
  readonly gdbPort?: number | undefined;
  readonly gdbRuns?: boolean | undefined;
  readonly user?: User | undefined;
  /** Gets the console as it comes, by whole lines. */
  readonly onConsole?: ((chunk: Buffer) => void) | undefined;
  /** Gets what a person has to know of captures. */
  readonly say?: (line: string) => void;
  /** Gets, in words, what the guest could not do below --rw-dirs. Default: `say`. */
  readonly refused?: (words: string) => void;
}

export interface RunningVm {
  readonly guest: Guest;
  readonly log: string;
  readonly description: VmDescription;
  /** The guest's init was reached. Never resolves where it was not. */
  readonly ready: Promise<Hello>;
  /** Why other kloops cannot reach it; `undefined`: they can. */
  readonly unreachable: Promise<Failure | undefined>;
  /** The VM has ended: by `stop` (undefined), or for a reason of its own. */
  readonly gone: Promise<Failure | undefined>;
  /** Kills QEMU; resolves when it is gone. */
  stop(): Promise<void>;
  /** The console's last lines. */
  tail(): string[];
  /** Where the kernel has kmemleak, this asks it; what it tells is among the complaints then. It takes some seconds. */
  askForLeaks(): Promise<void>;
  /** What the kernel complained of on its console since this was last asked. */
  complaints(): readonly Splat[];
}

/** How long QEMU may take to say where a guest is. */
const evidenceMs = 1000;

export async function bootVm(options: BootOptions): Promise<Result<RunningVm>> {
  const { prepared, stateDir } = options;
  const log = newConsoleLog(newestConsole(stateDir, prepared.machine.name));
  if (isFailure(log)) return log;
  const initramfs = guestInitramfs(stateDir, { ...prepared.guest, standalone: false, command: options.command && { ...options.command, program: programOf(options.command) } }, prepared.modulesArchive);
  if (isFailure(initramfs)) return initramfs;
  const scratch = scratchFile(join(stateDir, 'vm'), initramfs, options.user);
  if (isFailure(scratch)) return scratch;

  const live = options.onConsole !== undefined;
  const sockets = live ? 3 : 2;
  const firstFd = 3 + sockets;
  const { machine } = prepared;
  const core = openCore(log, machine.coreBytes, options.user);
  if (isFailure(core)) return core;
  const opened = openFor(options.user, machine, log, join(stateDir, 'vm'));
  if (isFailure(opened)) core?.close();
  if (isFailure(opened)) return opened;
  const inQemu = (use: string) => opened.flatMap((one, i) => (one.use === use ? [firstFd + 1 + i] : []))[0];
  const kernelFd = inQemu('kernel');
  const logFd = inQemu('log');
  if (core !== undefined) opened.push({ use: 'core', fd: core.theirs });
  const captures = machine.capture === undefined ? undefined : openCaptures({ to: machine.capture, nics: machine.nics, scratch: join(stateDir, 'vm'), user: options.user, say: options.say ?? (() => undefined) });
  if (isFailure(captures)) {
    for (const { fd } of opened) closeSync(fd);
    core?.close();
    return captures;
  }
  const firstCapture = firstFd + 1 + opened.length;
  for (const fd of captures?.theirs ?? []) opened.push({ use: 'capture', fd });
  const inherited = opened.map(({ fd }) => fd);
  const logPath = logFd === undefined ? log : `/dev/fd/${logFd}`;
  const description: VmDescription = {
    ...machine,
    kernel: kernelFd === undefined ? machine.kernel : { ...machine.kernel, path: `/dev/fd/${kernelFd}` },
    disks: machine.disks.map((disk) => {
      const [write, read] = [inQemu(`write ${disk.serial}`), inQemu(`read ${disk.serial}`)];
      return write === undefined || read === undefined ? disk : { ...disk, fds: { write, read } };
    }),
    initramfs: `/dev/fd/${firstFd}`,
    control: { kind: 'fd', fd: 3 },
    monitor: { kind: 'fd', fd: 4 },
    console: live ? { kind: 'fd', fd: 5, log: logPath } : { kind: 'file', path: logPath },
    gdbPort: options.gdbPort, gdbRuns: options.gdbRuns,
    captureFds: captures?.theirs.map((_, i) => firstCapture + i),
    // They come from the programs that become QEMU, one after the other, after what we give.
    filesFd: prepared.guest.files === true ? firstFd + 1 + inherited.length : undefined,
    shareFds: prepared.guest.sharesByFuse === true ? machine.shares.map((_, i) => firstFd + 2 + inherited.length + i) : undefined,
  };
  const argv = [
    ...(description.filesFd === undefined ? [] : [filesServer(stateDir), machine.root, String(description.filesFd), String(prepared.filesWatches ?? -1)]),
    ...(description.shareFds ?? []).flatMap((fd, i) => [shareServer(stateDir), machine.shares[i]?.path ?? '', String(fd)]),
    ...qemuArgv(description),
  ];
  const refusals = watchRefusals((words) => (options.refused ?? options.say)?.(words));
  const child = await startChild({ argv, sockets, files: [scratch.fd, ...inherited], user: options.user, heard: (_, line) => refusals.heard(line) });
  scratch.close();
  for (const fd of inherited) closeSync(fd);
  if (isFailure(child)) {
    core?.close();
    captures?.end();
    return child;
  }
  const coreFd = inQemu('core');
  const takeCore = core === undefined || coreFd === undefined ? undefined : (monitor: Monitor) => core.take(monitor, coreFd);
  return watchVm(child, description, argv, { log, takeCore, refusals, over: () => endAll(core, captures) }, options);
}

function endAll(core: { close(): void } | undefined, captures: Captures | undefined): void {
  core?.close();
  captures?.end();
}

/** What is kept of it. */
interface Kept {
  readonly log: string;
  /** `undefined`: its memory is not to be kept. */
  readonly takeCore: ((monitor: Monitor) => Promise<Failure | undefined>) | undefined;
  readonly refusals: Refusals;
  /** It has ended. */
  readonly over: () => void;
}

function watchVm(child: Child, description: VmDescription, argv: readonly string[], { log, takeCore, refusals, over }: Kept, options: BootOptions): RunningVm {
  const [control, monitorSocket, console_] = child.sockets;
  if (control === undefined || monitorSocket === undefined) throw new Error('a VM has a control and a monitor socket');
  const monitor = new Monitor(monitorSocket);
  let stopped = false;
  let cause: Failure | undefined;
  let reached = false;
  const tail = () => lastOf(consoleOf(log));
  const end = (failure: Failure) => {
    cause ??= failure;
    child.kill();
  };
  const shown = new WholeLines((lines) => options.onConsole?.(lines));
  console_?.on('data', (chunk: Buffer) => shown.push(chunk));
  console_?.on('close', () => shown.end());
  console_?.on('error', () => undefined);

  let resolveReady: (hello: Hello) => void = () => undefined;
  const ready = new Promise<Hello>((resolve) => { resolveReady = resolve; });
  let resolveGreeting: (payload: Buffer) => void = () => undefined;
  const greeting = new Promise<Buffer>((resolve) => { resolveGreeting = resolve; });
  const guest = new Guest(control, {
    hello: (hello, payload) => {
      reached = true;
      clearTimeout(deadline);
      resolveReady(hello);
      resolveGreeting(payload);
      options.prepared.reached?.(reachedVm(guest, monitor));
    },
    trouble: (code, text) => end(machineFailure({ reason: 'guest-trouble', code, text, tail: tail(), log })),
  });

  const hung = async (): Promise<void> => {
    cause = machineFailure({ reason: 'vm-boot-hang', afterMs: options.bootTimeoutMs, systemd: options.prepared.guest.systemd !== undefined, tail: tail(), where: await evidence(monitor, options.prepared.machine.kernel.path), log });
    child.kill();
  };
  monitor.onEvent('WATCHDOG', () => void (async () => {
    const where = await evidence(monitor, options.prepared.machine.kernel.path);
    const coreless = await takeCore?.(monitor);
    end(machineFailure({ reason: 'vm-wedged', tail: tail(), where, core: coreless?.words.what, log }));
  })());
  // It stands still now, where its memory is to be kept; else it has ended.
  let shutDown = false;
  let coreless: Failure | undefined;
  if (takeCore !== undefined) monitor.onEvent('SHUTDOWN', () => void (async () => {
    shutDown = true;
    const all = consoleOf(log);
    if (['panic', 'oops'].includes(judgeConsole(all, splatsOf(all)).kind)) coreless = await takeCore(monitor);
    child.kill();
  })());
  const deadline = options.gdbPort !== undefined || options.bootTimeoutMs === 0
    ? undefined : setTimeout(() => void hung(), options.bootTimeoutMs);

  const halted = whenHalted(log, () => child.kill());
  const known = makeKnown(description.name, vmFacts({
    machine: options.prepared.machine, command: options.asked ?? options.command, qemuPid: child.pid, console: log, stateDir: options.stateDir, runAs: options.user !== undefined,
  }), {
    guest, monitor, hello: greeting,
    console: { socket: console_, log: description.console.kind === 'file' ? description.console.path : log, verbose: description.verbose },
    debugged: () => clearTimeout(deadline),
    stop: (by) => end(machineFailure({ reason: 'vm-stopped', by })),
  });

  const gone = child.ended.then((ended): Failure | undefined => {
    clearTimeout(deadline);
    halted.close();
    known.close();
    refusals.ended();
    over();
    for (const socket of child.sockets) socket.destroy();
    if (stopped) return undefined;
    const how = shutDown ? 'status 0' : ended.signal ?? `status ${ended.code}`;
    if (cause !== undefined) return cause;
    // Killed from outside (the kernel's OOM killer, a person) isn't a failure to start.
    const killed = ended.signal === 'SIGKILL' || ended.signal === 'SIGTERM';
    if (!reached && !killed && ended.code !== 0) return machineFailure({ reason: 'qemu-failed', qemu: description.qemu, status: how, said: child.said, argv });
    const all = consoleOf(log);
    const splats = splatsOf(all);
    return machineFailure({ reason: 'vm-lost', verdict: judgeConsole(all, splats), qemu: how, tail: lastOf(all), splats, core: coreless?.words.what, log });
  });

  return {
    guest, log, description, ready, unreachable: known.unreachable, gone, tail, complaints: complaintsIn(log),
    askForLeaks: () => (hasKmemleak(options.prepared.config) ? askKmemleak(guest, gone) : Promise.resolve()),
    stop: async () => {
      stopped = true;
      child.kill();
      await gone;
    },
  };
}

function reachedVm(guest: Guest, monitor: Monitor): ReachedVm {
  return {
    start: (argv, print) => {
      const session = guest.start({ argv, cwd: '/', env: guestEnvironment(process.env, [], '/') }, (_stream, chunk, taken) => {
        print(chunk);
        taken();
      });
      return (text) => void session.write(Buffer.from(text));
    },
    qmp: (execute, args) => monitor.call({ execute, ...(args === undefined ? {} : { arguments: args }) }),
  };
}

/** Where the guest is; nothing where QEMU itself does not answer. */
async function evidence(monitor: Monitor, kernel: string): Promise<string[]> {
  const named = symbolsPath(kernel);
  const fd = openSync(existsSync(named) ? named : kernel, 'r');
  const symbols = functionSymbols((offset, size) => readAt(fd, offset, size));
  closeSync(fd);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => { timer = setTimeout(() => resolve([]), evidenceMs); });
  const lines = await Promise.race([whereItIs(monitor, symbols), late]);
  clearTimeout(timer);
  return lines;
}
