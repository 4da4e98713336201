import type { CommandSpec } from './cli/spec.ts';
import { bringUpTarget, installOption } from './cli/target-command.ts';

export const kernel: CommandSpec = {
  name: 'kernel',
  summary: 'Builds the kernel: vmlinux, which the VM boots, and bzImage.',
  options: [installOption],
  examples: [['kernel', 'build what changed, with what it needs']],
  run: (call, context) => bringUpTarget('kernel', call, context, { goals: ['kernel', 'image'] }),
};
