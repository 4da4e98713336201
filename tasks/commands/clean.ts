import { finish } from '../cli/finish.ts';
import { isFailure } from '../report/failure.ts';
import { hostFailure } from '../host/reasons.ts';
import { cleaners, cleanVariant } from '../targets/clean.ts';
import type { Command } from './shared/command.ts';
import { variantOption } from './shared/variant-option.ts';

export const clean: Command = {
  name: 'clean',
  summary: 'Remove what a target made, never what you wrote.',
  operands: [{ name: 'target', summary: 'what to remove (default: kernel)', choices: Object.keys(cleaners) }],
  options: [{ ...variantOption, summary: 'what was built of a variant, or its target; nothing of others' }],
  examples: [
    ['clean', 'remove build products; keep the tree and its .config'],
    ['clean -- source', 'remove the tree, unless it contains your work'],
    ['clean -- --variant debug', 'remove all that kloop made of this variant'],
  ],
  async run(call, context) {
    const { variant } = context.settings;
    const whole = call.options['variant'] !== undefined && call.operands.length === 0;
    if (call.options['variant'] !== undefined && call.operands[0] === 'source') {
      return finish(hostFailure({ reason: 'bad-usage', wrong: 'the source is that of all variants, and of the kernel without one', fix: ['npm run clean -- source'] }));
    }
    const name = call.operands[0] ?? 'kernel';
    const removed = await (whole ? cleanVariant : cleaners[name])?.(context);
    if (isFailure(removed)) return finish(removed);
    const target = `${whole ? '' : name}${variant === undefined ? '' : `${whole ? '' : ' of '}variant ${variant.name}`}`;
    context.say(removed === undefined || removed.length === 0 ? `${target}: nothing to remove` : `${target}: removed ${removed.map(context.short).join(', ')}`);
    return 0;
  },
};
