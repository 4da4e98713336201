import { bringUpTarget } from './shared/target-command.ts';
import type { Command } from './shared/command.ts';

export const vido: Command = {
  name: 'vido',
  kind: 'target',
  summary: 'Clone and install vido; reinstall it if the clone changed.',
  options: [{ flags: '--prefix <directory>', summary: 'installation prefix', setting: { key: 'VIDO_PREFIX' }, completes: 'directory' }],
  examples: [
    ['vido', 'install to VIDO_PREFIX, with sudo if necessary'],
    ['vido -- --prefix ~/.local', 'install only for yourself'],
  ],
  run: (call, context) => bringUpTarget('vido', call, context),
};
