import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { finish } from '../../cli/finish.ts';
import { hostFailure } from '../../host/reasons.ts';
import { dumpMemory, partialOf } from '../../machine/reach/dump.ts';
import { statusLine } from '../../progress/status-line.ts';
import { isFailure } from '../../report/failure.ts';
import { shellQuote } from '../../text/values.ts';
import type { Command } from '../shared/command.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

const gib = 2 ** 30;

export const dump: Command = {
  name: 'dump',
  kind: 'reach',
  summary: 'Write the memory of a VM to a kdump file, for crash or drgn.',
  operands: [nameOperand, { name: 'file', summary: 'the file to write (default: NAME.kdump, here)' }],
  options: [],
  examples: [['dump', 'of the only VM'], ['dump -- vm hung.kdump', 'to that file']],
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
    context.say(`${(taken.bytes / 2 ** 20).toFixed(0)} MiB of ${(vm.memoryBytes / gib).toFixed(1)} GiB; crash ${shellQuote(vm.symbols)} ${shellQuote(file)}`);
    if (!taken.hasInfo) context.say('drgn cannot open it: the kernel has neither CONFIG_PROC_KCORE nor CONFIG_KEXEC');
    return 0;
  },
};
