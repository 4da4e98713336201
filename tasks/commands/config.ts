import { resolve } from 'node:path';
import { finish } from '../cli/finish.ts';
import type { Context } from './shared/context.ts';
import type { Call } from '../cli/spec.ts';
import { bringUpTarget, installOption } from './shared/target-command.ts';
import { menuConfig, saveConfig } from '../kernel/config/edit.ts';
import { isFailure } from '../report/failure.ts';
import { hostFailure } from '../host/reasons.ts';
import { kernelFailure } from '../kernel/reasons.ts';
import type { Command } from './shared/command.ts';

export const config: Command = {
  name: 'config',
  summary: 'Make .config from fragments; one that you edited is kept.',
  options: [
    { flags: '--reset', summary: 'generate it again, discarding what you edited' },
    { flags: '--menu', summary: 'run menuconfig on it' },
    { flags: '--save [fragment]', summary: 'save what you edited to kernel.config, or to a fragment (name or path)', completes: 'file' },
    installOption,
  ],
  examples: [
    ['config', 'make or keep the .config, and check it'],
    ['config -- --menu --save', 'edit it, and keep the change in kernel.config'],
    ['config -- --reset', 'discard what you edited by hand'],
  ],
  async run(call, context) {
    if (call.options['reset'] === true && call.options['save'] !== undefined) {
      return finish(hostFailure({ reason: 'bad-usage', wrong: '--reset discards what --save would keep', fix: ['npm run config -- --save', 'npm run config -- --reset'] }));
    }
    const reset = call.options['reset'] === true;
    if (call.options['menu'] === true) {
      const ready = await context.bringUp(['config'], { reset, install: call.options['install'] === true, retry: 'npm run config -- --install' });
      // A .config that lacks what the VM needs is what the menu is advised for.
      if (isFailure(ready) && !(kernelFailure.is(ready, 'config-lacks') && ready.detail.kept)) return finish(ready);
      const edited = await menuConfig(context);
      if (isFailure(edited)) return finish(edited);
    }
    const status = await bringUpTarget('config', call, context, { reset: reset && call.options['menu'] !== true });
    if (status !== 0) return status;
    return call.options['save'] === undefined ? 0 : save(call, context);
  },
};

async function save(call: Call, context: Context): Promise<number> {
  const into = call.options['save'];
  const file = typeof into !== 'string' ? undefined : into.includes('/') ? resolve(into) : into;
  const saved = await saveConfig({ ...context, log: context.world.logFor('config') }, file);
  if (isFailure(saved)) return finish(saved);
  for (const { option, value } of saved.changes) context.say(`CONFIG_${option}=${value}`);
  context.say(saved.changes.length === 0 ? 'nothing to save: the fragments give this .config' : `${saved.changes.length} saved in ${context.short(saved.file)}`);
  for (const line of saved.words) context.say(line);
  return 0;
}
