import { finish } from '../../cli/finish.ts';
import { answerMs, unlessStuck } from '../../machine/reach/ask-qemu.ts';
import { isFailure } from '../../report/failure.ts';
import type { Command } from '../shared/command.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

export const stop: Command = {
  name: 'stop',
  kind: 'reach',
  summary: 'End a VM that runs.',
  operands: [nameOperand],
  options: [],
  examples: [['stop', 'the only one'], ['stop -- vm-2', 'by its name']],
  async run(call, context) {
    const linked = await linkToNamed(call.operands[0], context);
    if (isFailure(linked)) return finish(linked);
    const { link, vm } = linked;
    void link.ask({ ask: 'stop', by: `kloop stop (pid ${process.pid})` });
    const stuck = await unlessStuck(link.gone, { vm, signal: context.signal, ms: answerMs });
    link.close();
    return isFailure(stuck) ? finish(stuck) : 0;
  },
};
