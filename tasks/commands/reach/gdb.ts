import { existsSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { finish } from '../../cli/finish.ts';
import { leaveInterrupts } from '../../cli/signals.ts';
import { hostFailure } from '../../host/reasons.ts';
import { makeFifo } from '../../host/processes/fifo.ts';
import { answerMs, askQemu } from '../../machine/reach/ask-qemu.ts';
import { followLine, gdbArgv, gdbScripts } from '../../machine/reach/debugger.ts';
import { linkTo, type VmLink } from '../../machine/reach/link.ts';
import { hasNext, nextVm } from '../../machine/reach/next-vm.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { debugInfoOf, debugInfoOption } from './debug-info.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

export const gdb: Command = {
  name: 'gdb',
  kind: 'reach',
  summary: 'Attach gdb to the kernel of a VM that runs.',
  operands: [nameOperand],
  guestCommand: "more of gdb's arguments",
  options: [debugInfoOption],
  examples: [['gdb', "with its vmlinux, modules' symbols and lx- commands"], ['gdb -- vm-2 -- -batch -ex bt', 'where it is, and on'], ['gdb -- --debug-info', 'with lines and types']],
  async run(call, context) {
    if (!context.processes.has('gdb')) return finish(hostFailure({ reason: 'command-missing', doing: 'debugging a kernel', command: 'gdb', fix: ['npm run packages -- --install gdb'] }));
    const linked = await linkToNamed(call.operands[0], context);
    if (isFailure(linked)) return finish(linked);
    const { vm, link } = linked;
    const symbolsOf = async (of: VmEntry) => (call.options['debugInfo'] === true ? debugInfoOf(of.symbols, of.build, context) : of.symbols);
    const symbols = await symbolsOf(vm);
    if (isFailure(symbols)) return finish(symbols);
    const socket = await openStub(vm, link, context);
    if (isFailure(socket)) return finish(socket);
    // gdb takes its name away once it has it; else it goes with the VM.
    const pipe = hasNext(vm) ? join(vm.dir, `gdb-${process.pid}`) : undefined;
    const pipeless = pipe === undefined ? undefined : makeFifo(pipe);
    if (pipeless !== undefined) return finish(hostFailure({ reason: 'file-error', doing: 'following the VMs', path: vm.dir, code: '', message: pipeless }));
    leaveInterrupts();
    const over = new AbortController();
    const links: VmLink[] = [link];
    const leave = () => {
      over.abort();
      for (const one of links) one.close();
    };
    // gdb heeds a signal only when what it waits for has ended.
    context.signal.addEventListener('abort', leave);
    if (pipe !== undefined) void followVms(vm, { pipe, links, symbolsOf, over: over.signal, context });
    const ended = await context.processes.run({ argv: ['setpriv', '--pdeathsig', 'TERM', '--', ...gdbArgv({ symbols, modules: modulesOf(vm), socket, scripts: scriptsOf(symbols, vm), follow: pipe, more: call.guestCommand })], interactive: true });
    leave();
    return isFailure(ended) ? finish(ended) : typeof ended.status === 'number' ? ended.status : 125;
  },
};

const modulesOf = (vm: VmEntry) => vm.build ?? dirname(vm.symbols);

/** The `lx-` commands: those made with the symbols, or those of the build. */
const scriptsOf = (symbols: string, vm: VmEntry) => [gdbScripts(dirname(symbols)), gdbScripts(modulesOf(vm))].find((path) => existsSync(path));

/** @returns the socket that QEMU now listens on for gdb, as long as the link lasts */
async function openStub(vm: VmEntry, link: VmLink, { signal }: Context): Promise<Result<string>> {
  const socket = join(vm.dir, 'gdb');
  const doing = 'opening a port for gdb';
  const said = await askQemu({ ask: 'gdb', socket }, { vm, link, signal, ms: answerMs, doing });
  if (isFailure(said)) return said;
  if (/could not|failed|error/i.test(String(said))) {
    return vmsFailure({ reason: 'vm-refused', name: vm.name, doing, said: vm.runAs ? 'its QEMU runs with the rights of another user (--run-as), who has no way to us' : String(said).trim(), fix: ['npm run vm -- --gdb   # before the boot'] });
  }
  return socket;
}

/** A VM that has not booted by then is attached to anyway; ms. */
const bootMs = 10_000;

interface Following {
  readonly pipe: string;
  /** Gets each, to be closed in the end. */
  readonly links: VmLink[];
  readonly symbolsOf: (vm: VmEntry) => Promise<Result<string>>;
  readonly over: AbortSignal;
  readonly context: Context;
}

/** When watch's VM goes, gdb gets the next one. */
async function followVms(first: VmEntry, { pipe, links, symbolsOf, over, context }: Following): Promise<void> {
  // For reading, too: else this would wait for gdb.
  const to = openSync(pipe, 'r+');
  for (let vm = first; !over.aborted;) {
    await links.at(-1)?.gone;
    if (over.aborted) return;
    context.say(`VM ${vm.name} has ended; its watch's next one is attached to when it boots`);
    const next = await nextVm(vm, over);
    if (next === undefined) return;
    const link = await linkTo(next);
    if (isFailure(link)) continue;
    links.push(link);
    vm = next;
    // Not in its boot, whose memory is not mapped yet for breakpoints; but where it hangs in that.
    const booted = await Promise.race([link.ready.then(() => true), link.gone.then(() => false), delay(bootMs, true, { signal: over }).catch(() => false)]);
    if (!booted) continue;
    const symbols = await symbolsOf(next);
    if (isFailure(symbols)) return void finish(symbols);
    const socket = await openStub(next, link, context);
    if (isFailure(socket)) return void finish(socket);
    writeSync(to, followLine({ symbols, modules: scriptsOf(symbols, next) === undefined ? '' : modulesOf(next), socket }));
  }
}
