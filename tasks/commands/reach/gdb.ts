import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finish } from '../../cli/finish.ts';
import { leaveInterrupts } from '../../cli/signals.ts';
import { hostFailure } from '../../host/reasons.ts';
import { makeFifo } from '../../host/processes/fifo.ts';
import { answerMs, askQemu } from '../../machine/reach/ask-qemu.ts';
import { followScript, gdbArgv, gdbScripts } from '../../machine/reach/debugger.ts';
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
    const symbols = call.options['debugInfo'] === true ? await debugInfoOf(vm.symbols, context) : vm.symbols;
    if (isFailure(symbols)) return finish(symbols);
    const socket = await openStub(vm, link, context);
    if (isFailure(socket)) return finish(socket);
    const dir = hasNext(vm) ? mkdtempSync(join(tmpdir(), 'kloop-gdb-')) : undefined;
    try {
      const pipe = dir === undefined ? undefined : join(dir, 'vms');
      const follow = dir === undefined ? undefined : join(dir, 'follow.py');
      if (pipe !== undefined && follow !== undefined && makeFifo(pipe) === undefined) writeFileSync(follow, followScript(pipe));
      leaveInterrupts();
      const over = new AbortController();
      const links: VmLink[] = [link];
      if (pipe !== undefined) void followVms(vm, { pipe, links, over: over.signal, context });
      const ended = await context.processes.run({ argv: ['setpriv', '--pdeathsig', 'TERM', '--', ...gdbArgv({ symbols, modules: dirname(vm.symbols), socket, scripts: existsSync(gdbScripts(symbols)), follow, more: call.guestCommand })], interactive: true });
      over.abort();
      for (const one of links) one.close();
      return isFailure(ended) ? finish(ended) : typeof ended.status === 'number' ? ended.status : 125;
    } finally {
      if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
    }
  },
};

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

interface Following {
  readonly pipe: string;
  /** Gets each, to be closed in the end. */
  readonly links: VmLink[];
  readonly over: AbortSignal;
  readonly context: Context;
}

/** When watch's VM goes, gdb gets the next one. */
async function followVms(first: VmEntry, { pipe, links, over, context }: Following): Promise<void> {
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
    const socket = await openStub(next, link, context);
    if (isFailure(socket)) return void finish(socket);
    writeSync(to, `${next.symbols}\t${socket}\n`);
    vm = next;
  }
}
