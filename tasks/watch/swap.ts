/** Exchanging modules in the VM that runs: what is run in the guest for it, and what came of it. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parametersOf } from '../kernel/modules/parameters.ts';
import { moduleStates } from '../kernel/modules/view.ts';
import type { GuestCommand } from '../machine/description.ts';
import { guestCommand } from '../machine/guest/command.ts';
import { moduleName } from '../machine/modules/dependencies.ts';
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

/** `swapped`: the modules that were loaded, and are new now; `notes`: lines for the person. `refused`: this VM cannot have them; one that boots now can. */
export type Swap = { readonly is: 'swapped'; readonly modules: readonly string[]; readonly notes: readonly string[] } | { readonly is: 'refused'; readonly why: string };

interface Exchanged {
  readonly name: string;
  /** The parameters that /sys/module has of it. */
  readonly shown: readonly string[];
}

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
  if (ran.status === SwapStatus.refused) return { is: 'refused', why: said.split('\n').at(-1) ?? '' };
  if (ran.status !== SwapStatus.done) return lost(vm, said === '' ? `exchanging ${modules.join(', ')} ended with status ${ran.status}` : said);
  for (const command of commands.after) {
    const after = await runStep(vm, shell(request, command), `--module-after ${command}`);
    if (isFailure(after)) return after;
    if (after.status !== 0) return { is: 'refused', why: `--module-after ended with status ${after.status}` };
  }
  const done = said === '' ? [] : said.split('\n').map(exchanged);
  return { is: 'swapped', modules: done.map(({ name }) => name), notes: done.flatMap((one) => unshown(one, request) ?? []) };
}

function exchanged(line: string): Exchanged {
  const [name = '', ...shown] = line.split(' ');
  return { name, shown };
}

/** The kernel does not show what all its parameters were. */
function unshown({ name, shown }: Exchanged, { modules }: VmRequest): string | undefined {
  const hidden = modules === undefined ? [] : parametersOf(fileOf(name, modules)).filter((parameter) => !shown.includes(parameter));
  return hidden.length === 0 ? undefined : `module ${name}: /sys does not show ${hidden.join(', ')}; after an exchange ${hidden.length === 1 ? 'it is at its default' : 'they are at their defaults'}`;
}

/** Empty where it cannot be read: the next build may be putting another in its place. */
function fileOf(module: string, modules: NonNullable<VmRequest['modules']>): Buffer {
  try {
    return readFileSync(join(modules.dir, [...moduleStates(modules).keys()].find((path) => moduleName(path) === module) ?? ''));
  } catch {
    return Buffer.alloc(0);
  }
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
    await showStacks(vm, command);
    return machineFailure({ reason: 'module-hangs', what, afterMs: stepMs, splats: vm.complaints(), tail: vm.tail(), log: vm.log });
  }
  if (ended !== undefined && 'status' in ended) return { status: ended.status, stdout };
  return ended ?? lost(vm, 'the VM has ended');
}

const lost = (vm: RunningVm, said: string): Failure => machineFailure({ reason: 'module-lost', said, splats: vm.complaints(), tail: vm.tail(), log: vm.log });

/** How long a kernel that hangs in one place may take to tell of it. */
const stacksMs = 2000;

/** On the kernel's console: what its processors are at, and where the tasks are that wait. (Documentation/admin-guide/sysrq.rst) */
async function showStacks(vm: RunningVm, like: GuestCommand): Promise<void> {
  const session = vm.guest.start({ ...like, argv: ['/bin/sh', '-c', 'echo l > /proc/sysrq-trigger; echo w > /proc/sysrq-trigger'] }, (_stream, _chunk, taken) => taken());
  session.endInput();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, stacksMs); });
  await Promise.race([session.ended, vm.gone, late]);
  clearTimeout(timer);
}
