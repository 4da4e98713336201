import { join, resolve } from 'node:path';
import { featureLines } from '../../config/features.ts';
import { finish } from '../cli/finish.ts';
import { addMissingOption, askedConfig, configOptions } from './shared/config-options.ts';
import type { Context } from './shared/context.ts';
import type { Call } from '../cli/spec.ts';
import { bringUpTarget, installOption } from './shared/target-command.ts';
import { variantOption } from './shared/variant-option.ts';
import { menuConfig, saveConfig } from '../kernel/config/edit.ts';
import { readKconfigOf } from '../kernel/config/generate.ts';
import { outputDir } from '../kernel/make/call.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { isFailure } from '../report/failure.ts';
import { readText } from '../host/files.ts';
import { hostFailure } from '../host/reasons.ts';
import { kernelFailure } from '../kernel/reasons.ts';
import type { Command } from './shared/command.ts';

export const config: Command = {
  name: 'config',
  summary: 'Generate .config from fragments; keep one that you edited.',
  options: [
    { flags: '--reset', summary: 'generate it again, discarding your edits' },
    { flags: '--menu', summary: 'run menuconfig' },
    { flags: '--features', summary: 'list what this kernel has for programs, and which fragment has the rest' },
    ...configOptions,
    addMissingOption,
    { flags: '--save [fragment]', summary: 'save your edits to kernel.config, or to this fragment', completes: 'file' },
    variantOption,
    installOption,
  ],
  examples: [
    ['config', 'generate or keep .config, and check it'],
    ['config -- --menu --save', 'edit it, and save the changes to kernel.config'],
    ['config -- --set CONFIG_KASAN=y', 'set an option'],
  ],
  async run(call, context) {
    if (call.options['reset'] === true && call.options['save'] !== undefined) {
      return finish(hostFailure({ reason: 'bad-usage', wrong: '--reset would discard the edits before --save', fix: ['npm run config -- --save', 'npm run config -- --reset'] }));
    }
    const asked = askedConfig(call, context.cwd);
    if (isFailure(asked)) return finish(asked);
    const reset = call.options['reset'] === true;
    if (call.options['menu'] === true) {
      const ready = await context.bringUp(['config'], { reset, install: call.options['install'] === true, retry: 'npm run config -- --install' });
      // A .config that lacks what the VM needs is what the menu is advised for.
      if (isFailure(ready) && !(kernelFailure.is(ready, 'config-lacks') && ready.detail.kept)) return finish(ready);
      const edited = await menuConfig(context);
      if (isFailure(edited)) return finish(edited);
    }
    const status = await bringUpTarget('config', call, context, { reset: reset && call.options['menu'] !== true, asked });
    if (status !== 0) return status;
    if (call.options['features'] === true) return features(context);
    return call.options['save'] === undefined ? 0 : save(call, context);
  },
};

/** What programs may want, a line each: whether this kernel has it, and where the options are if not. */
function features({ settings }: Context): number {
  const tree = chosenTree(settings);
  if (isFailure(tree)) return finish(tree);
  const path = join(outputDir(settings, tree), '.config');
  const text = readText(path);
  if (isFailure(text)) return finish(text);
  const { options } = readKconfigOf(tree);
  process.stdout.write(featureLines(text ?? '', (option) => options.has(option)));
  return 0;
}

async function save(call: Call, context: Context): Promise<number> {
  const into = call.options['save'];
  const file = typeof into !== 'string' ? undefined : into.includes('/') ? resolve(into) : into;
  const saved = await saveConfig({ ...context, log: context.world.logFor('config') }, file);
  if (isFailure(saved)) return finish(saved);
  for (const { option, value } of saved.changes) context.say(`CONFIG_${option}=${value}`);
  context.say(saved.changes.length === 0 ? 'nothing to save: the fragments already give this .config' : `${saved.changes.length} ${saved.changes.length === 1 ? 'option' : 'options'} saved to ${context.short(saved.file)}`);
  for (const line of saved.words) context.say(line);
  return 0;
}
