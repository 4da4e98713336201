import { finish } from '../../cli/finish.ts';
import { isFailure } from '../../report/failure.ts';
import type { Command } from '../shared/command.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';
import { unlessStuck } from './unless-stuck.ts';

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
    const stuck = await unlessStuck(link.gone, vm, context.signal);
    link.close();
    return stuck === undefined ? 0 : finish(stuck);
  },
};
