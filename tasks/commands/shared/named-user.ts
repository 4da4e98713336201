/** `--user NAME`: replaced by what the host knows of that user. */
import type { Call } from '../../cli/spec.ts';
import { findUser } from '../../host/users.ts';
import { machineFailure } from '../../machine/reasons.ts';
import type { Result } from '../../report/failure.ts';

/** @returns the call with a `User` for `--user`; or `vm-request`, where there is no such user */
export function withUserFound(call: Call): Result<Call> {
  const { user: name } = call.options;
  if (typeof name !== 'string') return call;
  const user = findUser(name);
  if (user === undefined) return machineFailure({ reason: 'vm-request', wrong: `--user: there is no user '${name}'`, fix: ['getent passwd'] });
  return { ...call, options: { ...call.options, user } };
}
