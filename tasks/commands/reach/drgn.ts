import { closeSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, resolve } from 'node:path';
import { sharedStateDir } from '../../../config/settings.ts';
import { finish } from '../../cli/finish.ts';
import { leaveInterrupts } from '../../cli/signals.ts';
import { newestCore } from '../../evidence/store.ts';
import { hostFailure } from '../../host/reasons.ts';
import { scratchSpace } from '../../host/scratch.ts';
import { dumpMemory } from '../../machine/reach/dump.ts';
import { symbolsOf } from '../../machine/reach/symbols-of.ts';
import { statusLine } from '../../progress/status-line.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { debugInfoOf, debugInfoOption } from './debug-info.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

export const drgn: Command = {
  name: 'drgn',
  kind: 'reach',
  summary: 'Open the memory of a VM that runs, as it is now, or of a dump, in drgn.',
  operands: [{ ...nameOperand, summary: `${nameOperand.summary}; or a dump's path. Where no VM runs: the newest core of the evidence` }],
  guestCommand: "more of drgn's arguments",
  options: [debugInfoOption],
  examples: [['drgn', 'of the only VM, which goes on meanwhile'], ['drgn -- ./vm.kdump -- script.py', 'a script over a dump']],
  async run(call, context) {
    if (!context.processes.has('drgn')) return finish(hostFailure({ reason: 'command-missing', doing: 'reading the memory of a kernel', command: 'drgn', fix: ['npm run packages -- --install drgn'] }));
    const memory = await memoryOf(call.operands[0], context);
    if (isFailure(memory)) return finish(memory);
    const file = call.options['debugInfo'] === true ? await debugInfoOf(memory.symbols, memory.build, context) : memory.symbols;
    if (isFailure(file)) memory.close();
    if (isFailure(file)) return finish(file);
    const symbols = file !== undefined && basename(file).startsWith('vmlinux') && existsSync(file) ? ['-s', file] : [];
    leaveInterrupts();
    const ended = await context.processes.run({ argv: ['setpriv', '--pdeathsig', 'TERM', '--', 'drgn', '-c', memory.path, ...symbols, ...call.guestCommand], interactive: true });
    memory.close();
    return isFailure(ended) ? finish(ended) : typeof ended.status === 'number' ? ended.status : 125;
  },
};

interface Memory {
  readonly path: string;
  readonly symbols: string | undefined;
  /** Where that was built, if it is known to be elsewhere. */
  readonly build?: string | undefined;
  close(): void;
}

async function memoryOf(word: string | undefined, context: Context): Promise<Result<Memory>> {
  if (word?.includes('/') === true) return { path: resolve(context.cwd, word), symbols: undefined, close: () => undefined };
  const linked = await linkToNamed(word, context);
  if (isFailure(linked)) {
    const core = word === undefined && vmsFailure.is(linked, 'no-vm') ? newestCore(sharedStateDir(context.settings)) : undefined;
    if (core === undefined) return linked;
    context.say(`no VM runs; the newest core: ${context.short(core.path)}`);
    return { path: core.path, symbols: symbolsOf(core.evidence.record.kernel.image), close: () => undefined };
  }
  // Without a name: nothing is left of it, however we end.
  const file = scratchSpace(tmpdir(), 0);
  if (isFailure(file)) return file;
  const status = context.quiet ? undefined : statusLine(process.stderr);
  const taken = await dumpMemory(file.write, { ...linked, signal: context.signal, progress: (share) => status?.(`memory: ${Math.round(share * 100)} %`) });
  status?.('');
  linked.link.close();
  if (isFailure(taken)) return taken;
  closeSync(file.write);
  if (!taken.hasInfo) return vmsFailure({ reason: 'vm-refused', name: linked.vm.name, doing: 'drgn', said: 'this kernel tells nothing of itself: it has neither CONFIG_PROC_KCORE nor CONFIG_KEXEC' });
  return { path: `/proc/${process.pid}/fd/${file.read}`, symbols: linked.vm.symbols, build: linked.vm.build, close: () => closeSync(file.read) };
}
