/** The ordinary user as whom something is built. */
import { readText } from './files.ts';
import { isFailure } from '../report/failure.ts';

/** Who we are, as far as it matters here. */
export interface Caller {
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of /etc/passwd. */
  readonly passwd: string;
}

/** As whom to build: ourselves; the user behind sudo; or, root being all we know, nobody. */
export type Builder =
  | { kind: 'self' }
  | { kind: 'user'; name: string; uid: number; gid: number; home: string }
  | { kind: 'none' };

/** Pure. sudo(8) and doas(1) tell whom they serve by SUDO_USER and DOAS_USER. */
export function builderFor({ uid, env, passwd }: Caller): Builder {
  if (uid !== 0) return { kind: 'self' };
  const name = env['SUDO_USER'] ?? env['DOAS_USER'] ?? '';
  const line = passwd.split('\n').map((text) => text.split(':')).find((fields) => fields[0] === name && name !== '');
  const [, , userId, groupId, , home] = line ?? [];
  if (userId === undefined || groupId === undefined || userId === '0') return { kind: 'none' };
  return { kind: 'user', name, uid: Number(userId), gid: Number(groupId), home: home ?? '/' };
}

/** The command as the builder runs it. */
export function asBuilder(argv: readonly string[], builder: Builder): string[] {
  if (builder.kind !== 'user') return [...argv];
  return ['setpriv', '--reuid', String(builder.uid), '--regid', String(builder.gid), '--init-groups', '--',
    'env', `HOME=${builder.home}`, `USER=${builder.name}`, `LOGNAME=${builder.name}`, ...argv];
}

export function thisCaller(): Caller {
  const passwd = readText('/etc/passwd');
  return { uid: process.getuid?.() ?? 0, env: process.env, passwd: isFailure(passwd) ? '' : (passwd ?? '') };
}
