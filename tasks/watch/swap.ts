/** Exchanging modules in the VM that runs: what is run in the guest for it, and what came of it. */
import { constants } from 'node:os';
import type { GuestCommand } from '../machine/description.ts';
import { guestCommand } from '../machine/guest/command.ts';
import { machineFailure } from '../machine/reasons.ts';
import type { VmRequest } from '../machine/request.ts';
import type { RunningVm } from '../machine/run/boot.ts';
import { isFailure, type Failure, type Result } from '../report/failure.ts';

/** What a person has said of it. */
export interface SwapCommands {
  /** Run before the modules are unloaded, and after they are loaded again: each by a shell. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** `swapped`: the modules that were loaded, and are new now. `refused`: nothing was done, or by what the person named alone. */
export type Swap = { readonly is: 'swapped'; readonly modules: readonly string[] } | { readonly is: 'refused'; readonly why: string };

/** The statuses of tasks/guest/swap.c; a test compares the two. */
export const SwapStatus = { done: 0, refused: 10, left: 11 } as const;

/** What each step may take. A module's exit function that waits for what never comes is as good as a hang. */
const stepMs = 15_000;

/** The guest's own init as a program; systemd's guest has it elsewhere. (tasks/guest/systemd.c) */
const ownProgram = (systemd: boolean) => (systemd ? '/run/kloop/init' : '/proc/1/exe');

interface SwapRequest {
  readonly vm: RunningVm;
  readonly request: VmRequest;
  readonly modules: readonly string[];
  readonly commands: SwapCommands;
}

/** @returns what came of it; or `module-hangs`, `module-lost`, after which the VM is of no more use */
export async function swapModules({ vm, request, modules, commands }: SwapRequest): Promise<Result<Swap>> {
  for (const command of commands.before) {
    const ran = await runStep(vm, shell(request, command), `--module-before ${command}`);
    if (isFailure(ran)) return ran;
    if (ran.status !== 0) return { is: 'refused', why: `--module-before ended with status ${ran.status}` };
  }
  const exchange: GuestCommand = { ...guestCommandOf(request, [ownProgram(request.systemd), 'swap-modules', ...modules]), user: undefined };
  const ran = await runStep(vm, exchange, modules.join(', '));
  if (isFailure(ran)) return ran;
  const said = ran.stdout.trim();
  if (ran.status === SwapStatus.refused) return { is: 'refused', why: `module ${said.split('\n').at(-1) ?? ''}` };
  if (ran.status !== SwapStatus.done) return machineFailure({ reason: 'module-lost', said: said === '' ? `exchanging ${modules.join(', ')} ended with status ${ran.status}` : said, tail: vm.tail(), log: vm.log });
  for (const command of commands.after) {
    const after = await runStep(vm, shell(request, command), `--module-after ${command}`);
    if (isFailure(after)) return after;
    if (after.status !== 0) return { is: 'refused', why: `--module-after ended with status ${after.status}` };
  }
  return { is: 'swapped', modules: said === '' ? [] : said.split('\n') };
}

function guestCommandOf(request: VmRequest, argv: readonly string[]): GuestCommand {
  const { stdin, stdout, stderr, env } = process;
  return guestCommand({ ...request, command: argv }, { env, stdin: Object.assign(Object.create(stdin) as typeof stdin, { isTTY: false }), stdout, stderr });
}

const shell = (request: VmRequest, command: string): GuestCommand => ({ ...guestCommandOf(request, ['/bin/sh', '-c', command]), user: undefined });

interface Stepped {
  readonly status: number;
  readonly stdout: string;
}

async function runStep(vm: RunningVm, command: GuestCommand, what: string): Promise<Result<Stepped>> {
  let stdout = '';
  const session = vm.guest.start(command, (stream, chunk, taken) => {
    if (stream === 'out') stdout += chunk.toString();
    taken();
  });
  session.endInput();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => { timer = setTimeout(() => resolve('late'), stepMs); });
  const ended = await Promise.race([session.ended, vm.gone, late]);
  clearTimeout(timer);
  if (ended === 'late') {
    session.signal(constants.signals.SIGKILL);
    return machineFailure({ reason: 'module-hangs', what, afterMs: stepMs, tail: vm.tail(), log: vm.log });
  }
  if (ended !== undefined && 'status' in ended) return { status: ended.status, stdout };
  return ended ?? gone(vm);
}

/** The VM was ended by us: whoever did it tells nothing more of it. */
function gone(vm: RunningVm): Failure {
  return machineFailure({ reason: 'module-lost', said: 'the VM has ended', tail: vm.tail(), log: vm.log });
}
