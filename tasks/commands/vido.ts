import { bringUpTarget } from './shared/target-command.ts';
import type { Command } from './shared/command.ts';

export const vido: Command = {
  name: 'vido',
  summary: 'Clone vido and install it; again when the clone has changed.',
  options: [{ flags: '--prefix <directory>', summary: 'installation prefix', setting: { key: 'VIDO_PREFIX' }, completes: 'directory' }],
  examples: [
    ['vido', 'into VIDO_PREFIX, by sudo where that is not yours'],
    ['vido -- --prefix ~/.local', 'for yourself alone'],
  ],
  run: (call, context) => bringUpTarget('vido', call, context),
};
