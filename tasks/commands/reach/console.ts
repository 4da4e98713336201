import { existsSync } from 'node:fs';
import { finish } from '../../cli/finish.ts';
import { linkTo } from '../../machine/reach/link.ts';
import { consoleText, followConsole } from '../../machine/reach/console-text.ts';
import { newestConsole } from '../../machine/run/console-log.ts';
import { isFailure } from '../../report/failure.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { namedVm, nameOperand } from './named-vm.ts';

export const consoleCommand: Command = {
  name: 'console',
  kind: 'reach',
  summary: "Print the console of a VM's kernel, as far as it is.",
  operands: [nameOperand],
  options: [{ flags: '-f, --follow', summary: 'and what it says from now on, until the VM ends' }],
  examples: [['console', 'what the kernel has said; after the VM has ended, too'], ['console -- -f', 'and what it says']],
  async run(call, context) {
    const [name] = call.operands;
    const vm = await namedVm(name, context);
    if (isFailure(vm)) {
      // Its log stays.
      const log = newestConsole(context.settings.stateDir, name ?? context.settings.vmName);
      if (!vmsFailure.is(vm, 'no-vm') || !existsSync(log)) return finish(vm);
      process.stdout.write(consoleText(log, 0));
      return 0;
    }
    if (call.options['follow'] === true) return follow(vm, context);
    process.stdout.write(consoleText(vm.console, 0));
    return 0;
  },
};

async function follow(vm: Parameters<typeof linkTo>[0], { signal }: Context): Promise<number> {
  const link = await linkTo(vm);
  if (isFailure(link)) return finish(link);
  const following = followConsole(vm.console, (text) => process.stdout.write(text));
  await Promise.race([link.gone, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))]);
  following.end();
  link.close();
  return 0;
}
