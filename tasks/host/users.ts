/** Users of this host, from whatever it keeps them in. */
import { spawnSync } from 'node:child_process';

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** By getent(1): /etc/passwd alone would miss those of LDAP and the like. `undefined`: no such user. */
export function findUser(name: string): User | undefined {
  const found = spawnSync('getent', ['passwd', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const fields = found.stdout?.trim().split(':') ?? [];
  return fields.length < 7 ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5] ?? '/' };
}
