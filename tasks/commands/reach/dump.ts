import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { finish } from '../../cli/finish.ts';
import { hostFailure } from '../../host/reasons.ts';
import { hasDebugInfo } from '../../kernel/build/same-code.ts';
import { dumpMemory, partialOf } from '../../machine/reach/dump.ts';
import { statusLine } from '../../progress/status-line.ts';
import { isFailure } from '../../report/failure.ts';
import { shellQuote } from '../../text/values.ts';
import type { Command } from '../shared/command.ts';
import { debugInfoOf, debugInfoOption } from './debug-info.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

const gib = 2 ** 30;

export const dump: Command = {
  name: 'dump',
  kind: 'reach',
  summary: 'Write the memory of a VM to a kdump file, for crash or drgn.',
  operands: [nameOperand, { name: 'file', summary: 'the file to write (default: NAME.kdump, here)' }],
  options: [{ ...debugInfoOption, summary: 'and build a vmlinux with lines and types for crash and drgn, which takes as long as all of the kernel, once for each' }],
  examples: [['dump', 'of the only VM'], ['dump -- vm hung.kdump', 'to that file'], ['dump -- --debug-info', 'and a vmlinux to open it with']],
  async run(call, context) {
    const linked = await linkToNamed(call.operands[0], context);
    if (isFailure(linked)) return finish(linked);
    const { vm, link } = linked;
    const file = resolve(context.cwd, call.operands[1] ?? `${vm.name}.kdump`);
    if (existsSync(file)) return finish(hostFailure({ reason: 'bad-usage', wrong: `${file} is there already`, fix: [`npm run dump -- ${vm.name} OTHER.kdump`] }));
    const partial = partialOf(file);
    if (existsSync(partial)) return finish(hostFailure({ reason: 'bad-usage', wrong: `${partial} is there: another dump is being written, or one was killed`, fix: [`rm ${shellQuote(partial)}`] }));
    const status = context.quiet ? undefined : statusLine(process.stderr);
    const taken = await dumpMemory(file, { vm, link, signal: context.signal, progress: (share) => status?.(`memory: ${Math.round(share * 100)} %`) });
    status?.('');
    link.close();
    if (isFailure(taken)) return finish(taken);
    process.stdout.write(`${file}\n`);
    context.say(`${(taken.bytes / 2 ** 20).toFixed(0)} MiB of ${(vm.memoryBytes / gib).toFixed(1)} GiB`);
    if (!taken.hasInfo) context.say('drgn cannot open it: the kernel has neither CONFIG_PROC_KCORE nor CONFIG_KEXEC');
    const asked = call.options['debugInfo'] === true;
    const symbols = asked ? await debugInfoOf(vm.symbols, vm.build, context) : vm.symbols;
    if (isFailure(symbols)) return finish(symbols);
    context.say(asked || isWithDebugInfo(symbols) ? `crash ${shellQuote(symbols)} ${shellQuote(file)}` : `crash and drgn need debug information, which this kernel was built without; npm run dump -- --debug-info builds it`);
    return 0;
  },
};

function isWithDebugInfo(kernel: string): boolean {
  try {
    return hasDebugInfo(readFileSync(kernel));
  } catch {
    return false;
  }
}
