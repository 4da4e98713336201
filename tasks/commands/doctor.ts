import { asTyped } from '../cli/as-typed.ts';
import { checksOf, wouldWork } from '../doctor/checks.ts';
import { probeHost } from '../doctor/probe.ts';
import { showChecks } from '../doctor/show.ts';
import type { Command } from './shared/command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'Show what this host lacks and how to fix it.',
  options: [{ flags: '--json', summary: 'print JSON' }],
  examples: [
    ['doctor', 'check the host, changing nothing'],
    ['doctor -- --json', 'print the result as JSON'],
  ],
  async run(call, context) {
    const { settings, processes, world, signal, short } = context;
    const facts = await probeHost({ settings, processes, world, targets: context.targets(), signal, short });
    const checks = checksOf(facts);
    const works = wouldWork(checks);
    process.stdout.write(asTyped(call.options['json'] === true
      ? `${JSON.stringify({ works, checks }, null, 2)}\n`
      : showChecks(checks, Math.min(process.stdout.columns ?? 80, 120))));
    return works ? 0 : 1;
  },
};
