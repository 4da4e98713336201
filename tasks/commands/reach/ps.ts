import { finish } from '../../cli/finish.ts';
import { withAddresses } from '../../machine/reach/addresses.ts';
import { isFailure } from '../../report/failure.ts';
import { listVms } from '../../vms/registry.ts';
import { vmsJson, vmTable } from '../../vms/table.ts';
import type { Command } from '../shared/command.ts';

export const ps: Command = {
  name: 'ps',
  kind: 'reach',
  summary: 'List your VMs that run.',
  options: [{ flags: '--json', summary: 'print JSON' }],
  examples: [['ps', 'names, kernels, how long they have run'], ['ps -- --json', 'all that is known of them']],
  async run(call, context) {
    const listed = await listVms();
    if (isFailure(listed)) return finish(listed);
    const vms = await Promise.all(listed.map(withAddresses));
    if (call.options['json'] === true) process.stdout.write(vmsJson(vms));
    else if (vms.length === 0) context.say('no VM runs');
    else process.stdout.write(vmTable(vms, { nowMs: Date.now(), short: context.short }).map((line) => `${line}\n`).join(''));
    return 0;
  },
};
