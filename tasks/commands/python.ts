import { bringUpTarget } from './shared/target-command.ts';
import type { Command } from './shared/command.ts';

export const python: Command = {
  name: 'python',
  kind: 'target',
  summary: 'Check Python for bpo-29208, which breaks vido; fix 3.6.0 on Arch.',
  options: [{ flags: '--build', summary: 'build the patched package even if no Python here needs it' }],
  examples: [
    ['python', 'check the Python that runs vido; patch it if it has the bug'],
    ['python -- --build', 'build the package anyway, with makepkg; install nothing'],
  ],
  run(call, context) {
    const build = call.options['build'] === true;
    return bringUpTarget('python', call, context, { buildPython: build, ...(build ? { goals: ['python-package'] } : {}) });
  },
};
