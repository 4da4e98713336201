import { finish } from './cli/finish.ts';
import type { CommandSpec } from './cli/spec.ts';
import { installOption } from './cli/target-command.ts';
import { vmOptions } from './cli/vm-options.ts';
import { askedVm } from './cli/vm-request.ts';
import type { VmRequest } from './machine/request.ts';
import { describeVm, runVm } from './machine/run.ts';
import { claimSlot, nicsFor } from './network/nics.ts';
import { isFailure } from './report/failure.ts';
import { kernelImage, vmGoals } from './targets/goals.ts';

export const vm: CommandSpec = {
  name: 'vm',
  summary: 'Brings everything that the VM needs up to date, and boots: a shell, or the command.',
  guestCommand: 'runs in the guest in the place of a shell; its exit status is ours',
  options: [
    ...vmOptions,
    { flags: '--dry-run', summary: 'print the QEMU command line, one option a line, ready to paste' },
    installOption,
  ],
  examples: [
    ['vm', 'a shell in the kernel that was just built'],
    ['vm -- -- uname -r', 'one command; its output, and nothing else, on stdout'],
    ['vm -- --bridge bridge0 bridge0', 'with two NICs on the LAN'],
  ],
  async run(call, context) {
    const asked = askedVm(call, context.settings, process.cwd());
    const { settings, processes } = context;
    const bridge = asked.nics.includes(settings.bridgeName);
    const ready = await context.bringUp(vmGoals({ ownKernel: asked.kernel !== undefined, bridge }), {
      install: call.options['install'] === true,
      retry: 'npm run vm -- --install',
    });
    if (isFailure(ready)) return finish(ready);
    const kernel = asked.kernel ?? kernelImage(context.settings);
    if (isFailure(kernel)) return finish(kernel);
    const claim = asked.nics.some((nic) => nic !== 'user') ? await claimSlot(settings, `kloop vm (pid ${process.pid})`) : undefined;
    const given = await nicsFor(asked.nics, { settings, processes, slot: claim?.slot ?? 0 });
    if (isFailure(given)) return finish(given);
    const request: VmRequest = { ...asked, kernel, ...given };
    const vmContext = {
      stateDir: context.settings.stateDir,
      signal: context.signal,
      say: context.say,
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
    };
    if (call.options['dryRun'] === true) {
      const described = await describeVm(request, vmContext);
      if (isFailure(described)) return finish(described);
      process.stdout.write(described.text);
      return 0;
    }
    const ended = await runVm(request, vmContext);
    await claim?.lock.release();
    return isFailure(ended) ? finish(ended) : ended.status;
  },
};
