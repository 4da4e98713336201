/** What goes to the kernel of a VM, whether its programs still run or not: `sysrq` and `nmi`. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { finish } from '../../cli/finish.ts';
import { hostFailure } from '../../host/reasons.ts';
import { answerMs, askQemu } from '../../machine/reach/ask-qemu.ts';
import { consoleText } from '../../machine/reach/console-text.ts';
import { isFailure } from '../../report/failure.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { Command } from '../shared/command.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

/** These end the kernel. */
const deadly = ['b', 'c', 'o'];
/** A kernel that prints all of its tasks is given so long; ms. */
const sysrqMs = 70_000;

export const sysrq: Command = {
  name: 'sysrq',
  kind: 'reach',
  summary: 'Send a SysRq key to the kernel of a VM; print what it says.',
  operands: [{ ...nameOperand, summary: `${nameOperand.summary}; or the key` }, { name: 'key', summary: 'l: backtraces, t: tasks, w: blocked ones, m: memory, d: locks, h: all keys' }],
  options: [],
  examples: [['sysrq -- l', 'where each processor is'], ['sysrq -- vm-2 c', 'crash the kernel of vm-2']],
  async run(call, context) {
    const [key = '', name] = [...call.operands].reverse();
    if (!/^[a-z0-9]$/.test(key)) return finish(hostFailure({ reason: 'bad-usage', wrong: key === '' ? 'sysrq needs a key' : `'${key}' isn't a SysRq key, which is one letter or digit`, fix: ['npm run sysrq -- h'] }));
    const linked = await linkToNamed(name, context);
    if (isFailure(linked)) return finish(linked);
    const { vm, link } = linked;
    if (vm.runAs) return finish(vmsFailure({ reason: 'vm-refused', name: vm.name, doing: 'SysRq', said: 'its QEMU runs with the rights of another user (--run-as), who has no way to us', fix: [`npm run exec -- ${vm.name} -- sh -c 'echo ${key} >/proc/sysrq-trigger'`] }));
    const from = statSync(vm.console, { throwIfNoEntry: false })?.size ?? 0;
    const answer = await askQemu({ ask: 'sysrq', key, pipe: join(vm.dir, 'console') }, { vm, link, signal: context.signal, ms: sysrqMs, doing: 'SysRq', fix: [`npm run gdb -- ${vm.name}`] });
    link.close();
    process.stdout.write(consoleText(vm.console, from));
    return isFailure(answer) && !(deadly.includes(key) && vmsFailure.is(answer, 'vm-ended')) ? finish(answer) : 0;
  },
};

export const nmi: Command = {
  name: 'nmi',
  kind: 'reach',
  summary: 'Send a non-maskable interrupt to each CPU of a VM.',
  operands: [nameOperand],
  options: [],
  examples: [['nmi', 'with the sysctl kernel.unknown_nmi_panic=1: a panic']],
  async run(call, context) {
    const linked = await linkToNamed(call.operands[0], context);
    if (isFailure(linked)) return finish(linked);
    const answer = await askQemu({ ask: 'qmp', command: { execute: 'inject-nmi' } }, { ...linked, signal: context.signal, ms: answerMs, doing: 'the interrupt' });
    linked.link.close();
    return isFailure(answer) ? finish(answer) : 0;
  },
};
