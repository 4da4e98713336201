import { bringUpTarget, installOption } from './shared/target-command.ts';
import type { Command } from './shared/command.ts';

export const kernel: Command = {
  name: 'kernel',
  summary: 'Build the kernel: vmlinux, which the VM boots, and bzImage.',
  options: [
    installOption,
    { flags: '--no-image', summary: 'build only vmlinux' },
    { flags: '--verify', summary: 'after a quick build, also build with make and compare' },
  ],
  examples: [
    ['kernel', 'build what changed'],
    ['kernel -- --verify', 'check the quick build of the last edit against make'],
  ],
  run: (call, context) => bringUpTarget('kernel', call, context, {
    goals: call.options['image'] === false ? ['kernel'] : ['kernel', 'image'],
    verify: call.options['verify'] === true,
  }),
};
