import { finish } from '../cli/finish.ts';
import { isFailure } from '../report/failure.ts';
import { askedConfig, configOptions } from './shared/config-options.ts';
import { bringUpTarget, installOption } from './shared/target-command.ts';
import { variantOption } from './shared/variant-option.ts';
import type { Command } from './shared/command.ts';

export const kernel: Command = {
  name: 'kernel',
  summary: 'Build the kernel: vmlinux, which the VM boots, and bzImage.',
  options: [
    installOption,
    { flags: '--no-image', summary: 'build only vmlinux' },
    ...configOptions,
    variantOption,
    { flags: '--verify', summary: 'after a quick build, also build with make and compare' },
  ],
  examples: [
    ['kernel', 'build what changed'],
    ['kernel -- --verify', 'check the quick build of the last edit against make'],
  ],
  run(call, context) {
    const asked = askedConfig(call, context.cwd);
    return isFailure(asked) ? Promise.resolve(finish(asked)) : bringUpTarget('kernel', call, context, {
      goals: call.options['image'] === false ? ['kernel'] : ['kernel', 'image'],
      verify: call.options['verify'] === true,
      asked,
    });
  },
};
