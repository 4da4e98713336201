import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { finish } from '../cli/finish.ts';
import { isFailure } from '../report/failure.ts';
import { asTable, measure, type Measured } from '../bench/pairs.ts';
import { chosenParts } from '../bench/choose.ts';
import { scenarios } from '../bench/scenarios.ts';
import { hostFailure } from '../host/reasons.ts';
import type { Command } from './shared/command.ts';

export const bench: Command = {
  name: 'bench',
  summary: 'Measure kloop against what people do without it. Takes minutes.',
  operands: [{ name: 'part', summary: 'only measurements with this in their name' }],
  options: [
    { flags: '--pairs <number>', summary: 'pairs of runs to measure (default 5)' },
    { flags: '--full', summary: 'also measure whole builds, which take many minutes' },
    { flags: '--json', summary: 'print JSON' },
  ],
  examples: [
    ['bench', 'everything except whole builds'],
    ['bench -- plan', 'one measurement'],
  ],
  async run(call, context) {
    const pairs = Number(call.options['pairs'] ?? 5);
    if (!Number.isInteger(pairs) || pairs < 1) return finish(hostFailure({ reason: 'bad-usage', wrong: `--pairs '${String(call.options['pairs'])}' isn't a number of pairs`, fix: ['npm run bench -- --pairs 5'] }));
    const wanted = call.operands[0] ?? '';
    const parts = await scenarios(context, { full: call.options['full'] === true });
    if (isFailure(parts)) return finish(parts);
    const absent = parts.flatMap((part) => part.absent);
    for (const line of absent) context.say(line);
    const rows: Measured[] = [];
    // One that is unavailable here costs the others nothing.
    const attempt = async (name: string, run: () => Promise<Measured[]>) => {
      if (context.signal.aborted) return;
      try {
        rows.push(...(await run()));
      } catch (error) {
        const line = `not measured: ${name}: ${error instanceof Error ? error.message : String(error)}`;
        absent.push(line);
        context.say(line);
      }
    };
    for (const { comparisons, elsewhere, restore } of chosenParts(parts, wanted)) {
      try {
        for (const comparison of comparisons) {
          context.say(`measuring: ${comparison.name}`);
          await attempt(comparison.name, async () => [await measure(comparison, pairs, () => performance.now())]);
        }
        if (elsewhere !== undefined) await attempt('the bridge and its NICs', () => elsewhere.measure(pairs, wanted));
      } finally {
        // Files are put back first; the build after it may fail, or be interrupted, and the figures are shown all the same.
        await restore?.().catch(() => context.say('the kernel must be built again: npm run kernel'));
      }
    }
    const file = join(context.settings.stateDir, 'bench', `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`);
    mkdirSync(join(file, '..'), { recursive: true });
    const data = `${JSON.stringify({ processors: cpus().length, absent, rows }, null, 2)}\n`;
    writeFileSync(file, data);
    process.stdout.write(call.options['json'] === true ? data : asTable(rows));
    context.say(`figures: ${file}`);
    return 0;
  },
};
