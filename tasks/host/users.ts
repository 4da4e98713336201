/** Users of this host, from whatever it keeps them in. */
import { spawnSync } from 'node:child_process';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All groups, `gid` among them. */
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;
}

/** By getent(1): /etc/passwd alone would miss those of LDAP and the like. `undefined`: no such user. */
export function findUser(name: string): User | undefined {
  const found = spawnSync('getent', ['passwd', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [known = '', , uid, gid, , home = '/', shell] = found.stdout?.trim().split(':') ?? [];
  if (shell === undefined) return undefined;
  const groups = spawnSync('id', ['-G', '--', known], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return {
    name: known, uid: Number(uid), gid: Number(gid), home, shell: shell === '' ? '/bin/sh' : shell,
    groups: groups.status === 0 ? groups.stdout.trim().split(/\s+/).map(Number) : [Number(gid)],
  };
}
