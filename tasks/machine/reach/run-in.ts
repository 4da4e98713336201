/** Runs a command in a VM that another kloop has, on our own standard streams. */
import { constants } from 'node:os';
import type { Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { GuestCommand } from '../description.ts';
import { attachStreams } from '../guest/terminal.ts';
import type { VmContext } from '../request.ts';
import type { VmLink } from './link.ts';

interface RunInOptions {
  readonly vm: VmEntry;
  readonly link: VmLink;
  readonly command: GuestCommand;
  readonly context: Pick<VmContext, 'stdin' | 'stdout' | 'stderr' | 'signal' | 'say'>;
}

/** A guest that has not begun a command by then may hang; it is told, and waited for on. Ms. */
const answerMs = 1000;
/** How long a command that was told to end, because we are, may take. Ms. */
const graceMs = 500;

/** @returns the command's status; `vm-ended`, or that we were interrupted */
export async function runIn({ vm, link, command, context }: RunInOptions): Promise<Result<number>> {
  const streams = attachStreams(context, command.terminal === undefined ? 'none' : command.terminal.shell === true ? 'shell' : 'command');
  const session = link.guest.start(command, streams.sink);
  const { signal } = context;
  let reached = false;
  void link.ready.then(() => { reached = true; });
  /** Or it is over. */
  let begun = false;
  const silent = setTimeout(() => void standsStill(link).then((still) => {
    if (!begun && !signal.aborted) for (const line of silentWords(vm, still ? 'stopped' : reached ? 'reached' : 'booting')) context.say(line);
  }), answerMs);
  void session.startedUs.then(() => {
    begun = true;
    clearTimeout(silent);
  });
  streams.attach(session);
  let timer: NodeJS.Timeout | undefined;
  const stopped = new Promise<'stopped'>((resolve) => {
    const stop = () => {
      const name: unknown = signal.reason;
      session.signal(typeof name === 'string' && name in constants.signals ? constants.signals[name as NodeJS.Signals] : constants.signals.SIGTERM);
      timer = setTimeout(() => resolve('stopped'), graceMs);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const end = await Promise.race([session.ended, link.gone.then(() => 'gone' as const), stopped]);
    if (signal.aborted) return interrupted(signal);
    if (end === 'gone' || end === 'stopped') return vmsFailure({ reason: 'vm-ended', name: vm.name, console: vm.console });
    await streams.flushed();
    return end.status;
  } finally {
    begun = true;
    clearTimeout(silent);
    clearTimeout(timer);
    streams.detach();
    link.close();
  }
}

/** Whether QEMU has stopped it: for a debugger, or because it was told to. Not asked for longer than an answer may take. */
async function standsStill(link: VmLink): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => { timer = setTimeout(() => resolve(undefined), answerMs); });
  const answer = await Promise.race([link.qmp('query-status'), late]);
  clearTimeout(timer);
  return (answer?.['return'] as { readonly running?: boolean } | undefined)?.running === false;
}

function silentWords({ name }: VmEntry, state: 'stopped' | 'booting' | 'reached'): string[] {
  switch (state) {
    case 'stopped': return [`VM ${name} stands still: a debugger has it, and it goes on after that. (If QEMU's monitor stopped it: npm run monitor -- ${name} -- cont)`];
    case 'booting': return [`VM ${name} is still booting, or hangs in that; its console: npm run console -- ${name} -f`];
    case 'reached': return [
      `VM ${name} has not answered for ${answerMs / 1000} s: it is busy, or its kernel hangs. Ctrl-C gives up; where it hangs is told by`,
      `npm run sysrq -- ${name} l   # by the kernel itself, if it takes interrupts`,
      `npm run gdb -- ${name}       # or npm run dump -- ${name}, in any case`,
    ];
  }
}
