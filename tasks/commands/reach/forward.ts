import { finish } from '../../cli/finish.ts';
import type { Call } from '../../cli/spec.ts';
import { hostFailure } from '../../host/reasons.ts';
import { connector, openForward, type Forwarded } from '../../machine/reach/forward.ts';
import { endpointWords, forwardingsOf, targetOf } from '../../machine/reach/forwarding.ts';
import { linkTo, type VmLink } from '../../machine/reach/link.ts';
import { hasNext, nextVm } from '../../machine/reach/next-vm.ts';
import { runIn } from '../../machine/reach/run-in.ts';
import { isFailure } from '../../report/failure.ts';
import { interrupted, interruption } from '../../report/interrupted.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { linkToNamed } from './named-vm.ts';

export const forward: Command = {
  name: 'forward',
  kind: 'reach',
  summary: 'Lead ports of the host into a VM that runs, without a network.',
  operands: [{ name: 'what', summary: "a VM's name, if it is not the only one; then each [ADDRESS:]PORT:PORT, or what ssh -L takes, with absolute paths as unix sockets", several: true }],
  options: [{ flags: '--stdio', summary: "one connection, on stdin and stdout: ssh's ProxyCommand" }],
  examples: [
    ['forward -- 8080:80', "127.0.0.1:8080 is the guest's port 80, until Ctrl-C"],
    ['forward -- vm-2 5432:/run/postgresql/.s.PGSQL.5432', 'a unix socket of the guest'],
    ['forward -- --stdio vm 22', 'as a ProxyCommand'],
  ],
  run(call, context) {
    return call.options['stdio'] === true ? connectHere(call, context) : listenHere(call, context);
  },
};

const wrongUsage = (wrong: string): number => finish(hostFailure({ reason: 'bad-usage', wrong, fix: ['npm run forward -- 8080:80'] }));

async function connectHere({ operands }: Call, context: Context): Promise<number> {
  const asked = targetOf(operands);
  if ('wrong' in asked) return wrongUsage(asked.wrong);
  const { vm, to } = asked.value;
  const linked = await linkToNamed(vm, context);
  if (isFailure(linked)) return finish(linked);
  const { stdin, stdout, stderr } = process;
  const status = await runIn({ ...linked, command: connector(to, { once: true }), context: { stdin, stdout, stderr, signal: context.signal, say: context.say } });
  // ssh ends a ProxyCommand by SIGHUP, when all is over.
  if (interruption.is(status, 'interrupted')) return 0;
  return isFailure(status) ? finish(status) : status;
}

async function listenHere({ operands }: Call, context: Context): Promise<number> {
  const asked = forwardingsOf(operands);
  if ('wrong' in asked) return wrongUsage(asked.wrong);
  const linked = await linkToNamed(asked.value.vm, context);
  if (isFailure(linked)) return finish(linked);
  const { signal } = context;
  let link: VmLink | undefined = linked.link;
  const open: Forwarded[] = [];
  try {
    for (const { from, to } of asked.value.all) {
      const made = await openForward({ from, to, link: () => link, print: (text) => process.stderr.write(text) });
      if (isFailure(made)) return finish(made);
      open.push(made);
      context.say(`${endpointWords(made.from)} leads to ${endpointWords(to)} of VM ${linked.vm.name}, until Ctrl-C`);
    }
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    for (let { vm } = linked; ;) {
      await Promise.race([link?.gone, stopped]);
      link = undefined;
      const next = signal.aborted || !hasNext(vm) ? undefined : await nextVm(vm, signal);
      if (signal.aborted) return finish(interrupted(signal));
      if (next === undefined) return finish(vmsFailure({ reason: 'vm-ended', name: vm.name, console: vm.console }));
      vm = next;
      const made = await linkTo(next);
      link = isFailure(made) ? undefined : made;
    }
  } finally {
    for (const one of open) one.close();
    link?.close();
  }
}
