import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { CommandSpec } from './cli/spec.ts';
import { finish } from './cli/finish.ts';
import { isFailure } from './report/failure.ts';
import { asTable, measure, type Measured } from './bench/pairs.ts';
import { scenarios } from './bench/scenarios.ts';

export const bench: CommandSpec = {
  name: 'bench',
  summary: 'Measures kloop against what people do without it, in pairs, side by side. Takes minutes.',
  operands: [{ name: 'part', summary: 'only what has this in its name' }],
  options: [
    { flags: '--pairs <number>', summary: 'pairs that count (default 5)' },
    { flags: '--full', summary: 'also whole builds, which take many minutes' },
    { flags: '--json', summary: 'as data' },
  ],
  examples: [
    ['bench', 'everything but whole builds'],
    ['bench -- plan', 'one measurement'],
  ],
  async run(call, context) {
    const pairs = Number(call.options['pairs'] ?? 5);
    const part = call.operands[0] ?? '';
    const found = await scenarios(context, { full: call.options['full'] === true });
    if (isFailure(found)) return finish(found);
    for (const line of found.absent) context.say(line);
    const rows: Measured[] = [];
    try {
      for (const comparison of found.comparisons.filter(({ name }) => name.includes(part))) {
        if (context.signal.aborted) break;
        context.say(`measuring: ${comparison.name}`);
        rows.push(await measure(comparison, pairs, () => performance.now()));
      }
    } finally {
      await found.restore();
    }
    const file = join(context.settings.stateDir, 'bench', `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`);
    mkdirSync(join(file, '..'), { recursive: true });
    const data = `${JSON.stringify({ processors: cpus().length, absent: found.absent, rows }, null, 2)}\n`;
    writeFileSync(file, data);
    process.stdout.write(call.options['json'] === true ? data : asTable(rows));
    context.say(`figures: ${file}`);
    return 0;
  },
};
