import type { CommandSpec } from './cli/spec.ts';
import { bringUpTarget, installOption } from './cli/target-command.ts';

export const config: CommandSpec = {
  name: 'config',
  summary: 'Makes the .config from kernel.config and KERNEL_FRAGMENTS. One that you edited is kept.',
  options: [
    { flags: '--reset', summary: 'generate it anew, even over what you edited' },
    installOption,
  ],
  examples: [
    ['config', 'make or keep the .config, and check it'],
    ['config -- --reset', 'give up what you edited by hand'],
  ],
  run: (call, context) => bringUpTarget('config', call, context, { reset: call.options['reset'] === true }),
};
