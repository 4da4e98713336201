/** The ordinary user that something is built as. */
import { findUser, type User } from '../../host/users.ts';

/** Who we are, as far as it matters here. */
export interface Caller {
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly findUser: (name: string) => Pick<User, 'uid' | 'gid' | 'home'> | undefined;
}

/** As whom to build: ourselves; the user who called sudo; or, root being all we know, nobody. */
export type Builder =
  | { kind: 'self' }
  | { kind: 'user'; name: string; uid: number; gid: number; home: string }
  | { kind: 'none' };

/** Pure. sudo(8) and doas(1) tell whom they serve by SUDO_USER and DOAS_USER. */
export function builderFor({ uid, env, findUser: find }: Caller): Builder {
  if (uid !== 0) return { kind: 'self' };
  const name = env['SUDO_USER'] ?? env['DOAS_USER'] ?? '';
  const user = name === '' ? undefined : find(name);
  return user === undefined || user.uid === 0 ? { kind: 'none' } : { kind: 'user', name, uid: user.uid, gid: user.gid, home: user.home };
}

/** The command as the builder runs it. */
export function asBuilder(argv: readonly string[], builder: Builder): string[] {
  if (builder.kind !== 'user') return [...argv];
  return ['setpriv', '--reuid', String(builder.uid), '--regid', String(builder.gid), '--init-groups', '--',
    'env', `HOME=${builder.home}`, `USER=${builder.name}`, `LOGNAME=${builder.name}`, ...argv];
}

export function thisCaller(): Caller {
  return { uid: process.getuid?.() ?? 0, env: process.env, findUser };
}
