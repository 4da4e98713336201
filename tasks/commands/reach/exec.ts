import { finish } from '../../cli/finish.ts';
import type { Call, OptionSpec } from '../../cli/spec.ts';
import { hostFailure } from '../../host/reasons.ts';
import type { User } from '../../host/users.ts';
import { guestCommand } from '../../machine/guest/command.ts';
import { runIn } from '../../machine/reach/run-in.ts';
import { isFailure } from '../../report/failure.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { withUserFound } from '../shared/named-user.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

const options: readonly OptionSpec[] = [
  { flags: '--user <name>', summary: 'as this user, not as root', completes: 'user' },
  { flags: '--pass-env <names...>', summary: 'environment variables to pass to the guest' },
];

export const exec: Command = {
  name: 'exec',
  kind: 'reach',
  summary: 'Run a command in a VM that runs.',
  operands: [nameOperand],
  guestCommand: 'the command; kloop exits with its status',
  options,
  examples: [
    ['exec -- -- dmesg', "its output alone goes to stdout"],
    ['exec -- vm-2 -- tar -C /tmp -xf - <files.tar', 'its stdin is yours'],
  ],
  run(call, context) {
    if (call.guestCommand.length === 0) return Promise.resolve(finish(hostFailure({ reason: 'bad-usage', wrong: "exec needs a command after '--'", fix: ['npm run exec -- -- dmesg', 'npm run sh   # for a shell'] })));
    return runHere(call, context);
  },
};

export const sh: Command = {
  name: 'sh',
  kind: 'reach',
  summary: 'Open a shell in a VM that runs.',
  operands: [nameOperand],
  options,
  examples: [['sh', 'your shell, in the only VM'], ['sh -- vm-2 --user "$USER"', 'as you, not as root']],
  run: runHere,
};

async function runHere(typed: Call, context: Context): Promise<number> {
  const call = withUserFound(typed);
  if (isFailure(call)) return finish(call);
  const linked = await linkToNamed(call.operands[0], context);
  if (isFailure(linked)) return finish(linked);
  const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  const command = guestCommand({
    command: call.guestCommand.length > 0 ? call.guestCommand : undefined,
    cwd: context.cwd,
    passEnv: (call.options['passEnv'] as string[] | undefined) ?? [],
    // `withUserFound` has put the user in place of its name.
    user: call.options['user'] as User | undefined,
  }, { env: process.env, ...streams });
  const status = await runIn({ ...linked, command, context: { ...streams, signal: context.signal, say: context.say } });
  return isFailure(status) ? finish(status) : status;
}
