import { featuresFor, hostTools, type Feature } from '../../config/packages.ts';
import { bringUpTarget, installOption } from './shared/target-command.ts';
import type { Command } from './shared/command.ts';

const features: readonly Feature[] = [...new Set(hostTools.map((tool) => tool.feature))];

export const packages: Command = {
  name: 'packages',
  kind: 'target',
  summary: 'Check required host packages; --install installs them.',
  operands: [{ name: 'feature', summary: 'also the packages this feature needs', choices: features }],
  options: [installOption, { flags: '--all', summary: 'also packages that only some commands need' }],
  examples: [
    ['packages', 'list what is missing, and the command that installs it'],
    ['packages -- --install', 'install what the VM needs'],
    ['packages -- --install menuconfig', 'also install what `config --menu` needs'],
    ['packages -- --install --all', 'install everything that kloop can use'],
  ],
  run(call, context) {
    const all = call.options['all'] === true;
    const asked = call.operands as readonly Feature[];
    return bringUpTarget('packages', call, context, {
      features: all ? features : [...featuresFor(context.settings, process.env), ...asked],
      retry: ['npm run packages -- --install', ...(all ? ['--all'] : asked)].join(' '),
    });
  },
};
