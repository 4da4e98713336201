import { finish } from '../cli/finish.ts';
import { isFailure } from '../report/failure.ts';
import { cleaners } from '../targets/clean.ts';
import type { Command } from './shared/command.ts';

export const clean: Command = {
  name: 'clean',
  summary: 'Remove what a target made, never what you wrote.',
  operands: [{ name: 'target', summary: 'what to remove (default: kernel)', choices: Object.keys(cleaners) }],
  options: [],
  examples: [
    ['clean', 'remove build products; keep the tree and its .config'],
    ['clean -- source', 'remove the tree, unless it contains your work'],
  ],
  async run(call, context) {
    const target = call.operands[0] ?? 'kernel';
    const removed = await cleaners[target]?.(context);
    if (isFailure(removed)) return finish(removed);
    context.say(removed === undefined || removed.length === 0 ? `${target}: nothing to remove` : `${target}: removed ${removed.map(context.short).join(', ')}`);
    return 0;
  },
};
