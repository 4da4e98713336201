import { bringUpTarget, installOption } from './shared/target-command.ts';
import type { Command } from './shared/command.ts';

export const source: Command = {
  name: 'source',
  summary: 'Gets the kernel source: the first of KERNEL_SOURCES to be had.',
  options: [{ flags: '--choose', summary: 'choose anew: a choice is kept; trees that are there stay' }, installOption],
  examples: [
    ['source', 'clone or unpack the kernel, if it is not there'],
    ['source -- --choose', 'ask the sources again, in their order'],
  ],
  run: (call, context) => bringUpTarget('source', call, context, { choose: call.options['choose'] === true }),
};
