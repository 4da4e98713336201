import { bringUpTarget, installOption } from './shared/target-command.ts';
import type { Command } from './shared/command.ts';

export const source: Command = {
  name: 'source',
  kind: 'target',
  summary: 'Get the kernel source: the first available in KERNEL_SOURCES.',
  options: [{ flags: '--choose', summary: 'choose again; existing trees are kept' }, installOption],
  examples: [
    ['source', "clone or unpack the kernel source, if it isn't there"],
    ['source -- --choose', 'try all sources again, in order'],
  ],
  run: (call, context) => bringUpTarget('source', call, context, { choose: call.options['choose'] === true }),
};
