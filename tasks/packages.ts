import { hostTools } from '../config/packages.ts';
import type { CommandSpec } from './cli/spec.ts';
import { bringUpTarget, installOption } from './cli/target-command.ts';

export const packages: CommandSpec = {
  name: 'packages',
  summary: 'What the host must have: looks, and with --install installs.',
  options: [installOption, { flags: '--all', summary: 'also what only some commands need' }],
  examples: [
    ['packages', 'list what is missing, and the command that installs it'],
    ['packages -- --install --all', 'install everything that kloop can use'],
  ],
  run: (call, context) =>
    bringUpTarget('packages', call, context, call.options['all'] === true ? { features: hostTools.map((tool) => tool.feature) } : {}),
};
