import { isFailure } from '../report/failure.ts';
import { asTyped } from '../cli/as-typed.ts';
import { finish } from '../cli/finish.ts';
import { makePlan, type Planned } from '../graph/plan.ts';
import { explain } from '../graph/explain.ts';
import { inColumns } from '../text/table.ts';
import { vmGoals } from '../targets/goals.ts';
import type { Command } from './shared/command.ts';
import { variantOption } from './shared/variant-option.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'Show what would run and why, without running anything.',
  operands: [{ name: 'target', summary: 'a target and what it needs (default: everything the VM needs)' }],
  options: [variantOption, { flags: '--json', summary: 'print JSON' }],
  examples: [
    ['plan', 'what the next `npm run vm` would do'],
    ['plan -- kernel --json', 'the same for one target, as JSON'],
  ],
  async run(call, context) {
    const { vmNics, bridgeName } = context.settings;
    const goals = call.operands.length > 0 ? call.operands : vmGoals(context.settings, { bridge: vmNics.includes(bridgeName) });
    const planned = await makePlan(context.targets(), goals, context.world);
    if (isFailure(planned)) return finish(planned);
    process.stdout.write(asTyped(call.options['json'] === true ? asJson(planned) : asTable(planned, context.short)));
    // What cannot be judged will fail as well when it is run: told as it would be then.
    const wrong = planned.map(({ freshness }) => freshness).find((freshness) => freshness.kind === 'unknowable');
    return wrong === undefined ? 0 : finish(wrong.failure);
  },
};

function asTable(planned: readonly Planned[], short: (path: string) => string): string {
  return inColumns(planned.map((row) => [row.target.name, inWords(row, short)])).map((line) => `${line}\n`).join('');
}

function inWords({ target, freshness }: Planned, short: (path: string) => string): string {
  switch (freshness.kind) {
    case 'fresh': return `fresh${freshness.note === undefined ? '' : `: ${freshness.note}`}`;
    case 'stale': {
      const note = freshness.note === undefined ? '' : ` (${freshness.note})`;
      return `${target.title}: ${explain(freshness.reason, short)}${note}`;
    }
    case 'after': return `${target.title}: decided after ${freshness.needs.join(', ')}`;
    case 'unknowable': return `${target.title}: ${freshness.failure.words.what}`;
  }
}

/** One object a target, in order. `freshness`: fresh, stale, after (its needs decide), unknowable. */
function asJson(planned: readonly Planned[]): string {
  const rows = planned.map(({ target, freshness }) => ({
    target: target.name,
    title: target.title,
    needs: target.needs,
    freshness: freshness.kind,
    ...(freshness.kind === 'stale' ? { reason: freshness.reason, words: explain(freshness.reason) } : {}),
    ...(freshness.kind === 'after' ? { after: freshness.needs } : {}),
    ...(freshness.kind === 'unknowable' ? { failure: freshness.failure.detail, words: freshness.failure.words.what } : {}),
    ...('note' in freshness && freshness.note !== undefined ? { note: freshness.note } : {}),
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
