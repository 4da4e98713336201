/** The command that is run for a request: or the user's shell, as on the host. */
import type { GuestCommand } from '../description.ts';
import type { VmContext, VmRequest } from '../request.ts';
import { guestEnvironment } from './environment.ts';

/** The command as the guest gets it. */
export function guestCommand(request: Pick<VmRequest, 'command' | 'cwd' | 'passEnv' | 'user'>, context: Pick<VmContext, 'env' | 'stdin' | 'stdout' | 'stderr'>): GuestCommand {
  const { stdin, stdout, stderr, env } = context;
  const { user } = request;
  const shell = user?.shell ?? env['SHELL'] ?? '/bin/sh';
  return {
    argv: request.command ?? [shell],
    cwd: request.cwd,
    env: guestEnvironment(env, request.passEnv, request.cwd.toString(), user),
    user,
    ...(stdin.isTTY && stdout.isTTY ? { terminal: { rows: stdout.rows, columns: stdout.columns, errApart: !stderr.isTTY, shell: request.command === undefined } } : {}),
  };
}
