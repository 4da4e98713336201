/** Runs one command, or a shell, in a VM of its own. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namedAndLacking } from '../../../config/features.ts';
import type { Splat } from '../../console/splat.ts';
import { fileFailure, writeWhole } from '../../host/files.ts';
import { freePort } from '../../host/port.ts';
import { findUser } from '../../host/users.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { shellQuote } from '../../text/values.ts';
import { pasteable } from '../qemu/arguments.ts';
import { symbolsPath } from '../qemu/symbols.ts';
import { bootVm } from './boot.ts';
import { newestConsole } from './console-log.ts';
import { guestInitramfs } from './given.ts';
import { showBooting } from './booting.ts';
import type { VmDescription } from '../description.ts';
import { prepare } from './prepare.ts';
import type { VmContext, VmRequest } from '../request.ts';
import { noFuseWords, readOnlyWords } from '../guest/control.ts';
import { guestCommand } from '../guest/command.ts';
import { attachStreams } from '../guest/terminal.ts';
import { machineFailure } from '../reasons.ts';

/** How a VM ended whose command ended. */
export interface VmEnding {
  readonly status: number;
  readonly boot: {
    /** From QEMU's start to the greeting of the guest's init; ms. */
    readonly reachedMs: number;
    /** In the guest: from its kernel's hand-over to the command's start; ms. */
    readonly initMs: number;
  };
  /** From the command's start to its end; ms. */
  readonly commandMs: number;
  readonly log: string;
  /** What the kernel complained of on its console. */
  readonly splats: readonly Splat[];
}

/** The port that gdb's users expect of QEMU's `-s`. */
const gdbsPort = 1234;

/** What attaches. hbreak: before the kernel runs, its memory holds no breakpoint. */
function gdbCommand({ kernel, gdb }: Pick<VmRequest, 'kernel' | 'gdb'>, port: number): string {
  return `gdb ${shellQuote(symbolsPath(kernel))} -ex 'target remote :${port}'${gdb === 'runs' ? '' : " -ex 'hbreak start_kernel' -ex continue"}`;
}

/**
 * Boots, runs the command, and ends the VM.
 *
 * @returns the command's status; or why there is none: see MachineReason.
 */
export async function runVm(request: VmRequest, context: VmContext): Promise<Result<VmEnding>> {
  const prepared = await prepare(request, context);
  if (isFailure(prepared)) return prepared;
  for (const note of prepared.notes) context.say(note);
  const command = guestCommand(request, context);
  const user = request.runAs === undefined ? undefined : findUser(request.runAs);
  if (request.runAs !== undefined && user === undefined) {
    return machineFailure({ reason: 'vm-request', wrong: `--run-as: there is no user '${request.runAs}'`, fix: ['getent passwd'] });
  }
  const gdbPort = request.gdb === undefined ? undefined : await freePort(gdbsPort);
  if (gdbPort !== undefined) context.say(`${request.gdb === 'runs' ? 'a debugger attaches by' : 'waiting for a debugger'}: ${gdbCommand(request, gdbPort)}`);
  const began = performance.now();
  const vm = await bootVm({
    prepared, stateDir: context.stateDir, command: context.before === undefined ? command : undefined, asked: command, bootTimeoutMs: request.bootTimeoutMs, gdbPort, gdbRuns: request.gdb === 'runs', user,
    onConsole: request.verbose ? (chunk) => context.stderr.write(chunk) : undefined, say: context.say,
  });
  if (isFailure(vm)) return vm;
  void vm.unreachable.then((why) => { if (why !== undefined) context.say(`other commands cannot reach this VM: ${why.words.what}`); });
  const interrupt = () => void vm.stop();
  context.signal.addEventListener('abort', interrupt, { once: true });
  if (context.signal.aborted) interrupt();

  // The console is shown already, or a debugger's user is waited for.
  const booting = request.verbose || request.gdb === 'waits' ? undefined : showBooting({
    status: context.status, say: context.say, console: newestConsole(context.stateDir, request.name),
  });
  const booted = () => booting?.over();
  const streams = attachStreams(context, command.terminal === undefined ? 'none' : command.terminal.shell === true ? 'shell' : 'command');
  const session = vm.guest.adopt((stream, chunk, taken) => {
    booted();
    context.heard?.(chunk);
    streams.sink(stream, chunk, taken);
  });
  const before = new Promise<Failure>((resolve) => {
    void context.before?.then((failure) => {
      if (failure === undefined) vm.guest.begin(session, command);
      else resolve(failure);
    });
  });
  void session.startedUs.then(booted);
  streams.attach(session);
  let reachedMs = 0;
  let beganUs = 0;
  void vm.ready.then((hello) => {
    reachedMs = performance.now() - began;
    beganUs = hello.beganUs;
    const { cpus, machine } = vm.description;
    if (hello.readOnly) context.say(readOnlyWords);
    if (hello.noFuse) context.say(noFuseWords);
    if (hello.cpus < cpus) {
      context.say(`the kernel uses ${hello.cpus} of the VM's ${cpus} processors${machine === 'microvm' ? ': on a microvm it needs CONFIG_X86_MPPARSE=y (or VM_MACHINE=q35)' : ''}`);
    }
  });
  let startedUs = 0;
  let startedAt = began;
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  void session.startedUs.then((us) => {
    startedUs = us;
    startedAt = performance.now();
    if (request.timeoutMs > 0) timer = setTimeout(() => {
      late = true;
      void vm.stop();
    }, request.timeoutMs);
  });
  try {
    const end = await Promise.race([session.ended, vm.gone, before]);
    const endedAt = performance.now();
    if (end !== undefined && 'status' in end) {
      await streams.flushed();
      if (request.command !== undefined) await vm.askForLeaks();
      // It may have failed for want of an option, which it did not say.
      if (end.status !== 0) for (const line of namedAndLacking((request.command ?? []).join(' '), prepared.config)) context.say(line);
      return {
        status: end.status, log: vm.log, splats: vm.complaints(),
        boot: { reachedMs, initMs: (startedUs - beganUs) / 1000 }, commandMs: endedAt - startedAt,
      };
    }
    if (late) return machineFailure({ reason: 'vm-timeout', afterMs: request.timeoutMs, tail: vm.tail(), log: vm.log });
    return end ?? interrupted(context.signal);
  } finally {
    booted();
    clearTimeout(timer);
    context.signal.removeEventListener('abort', interrupt);
    streams.detach();
    await vm.stop();
  }
}

/**
 * The QEMU command line as a person can paste it: the same VM, with the
 * command on the console and nobody at the control port.
 */
export async function describeVm(request: VmRequest, context: VmContext): Promise<Result<{ readonly description: VmDescription; readonly text: string }>> {
  const prepared = await prepare(request, context);
  if (isFailure(prepared)) return prepared;
  const terminal = { rows: context.stdout.rows || 24, columns: context.stdout.columns || 80, errApart: false };
  const initramfs = guestInitramfs(context.stateDir, {
    ...prepared.guest, standalone: true, command: { ...guestCommand(request, context), terminal },
  }, prepared.modulesArchive);
  if (isFailure(initramfs)) return initramfs;
  const path = join(context.stateDir, 'vm', request.name, 'dry-run.cpio');
  const written = writeWhole(path, initramfs) ?? makeDisks(prepared.machine.disks);
  if (isFailure(written)) return written;
  const description: VmDescription = {
    ...prepared.machine, initramfs: path,
    console: { kind: 'stdio' }, control: { kind: 'none' }, monitor: { kind: 'none' },
    gdbPort: request.gdb === undefined ? undefined : gdbsPort, gdbRuns: request.gdb === 'runs',
  };
  return { description, text: pasteable(description) };
}

/** The line needs a name for a disk that a run would have without one. */
function makeDisks(disks: VmDescription['disks']): Failure | undefined {
  for (const { path, madeBytes } of disks) {
    if (madeBytes === undefined) continue;
    try {
      writeFileSync(path, '');
      truncateSync(path, madeBytes);
    } catch (error) {
      return fileFailure('making a disk', path, error);
    }
  }
  return undefined;
}
