/** The guest command's environment. Pure. */

/** Passed on always: what a shell and a terminal need. The rest of the host's environment stays there. */
const usual = ['PATH', 'HOME', 'TERM', 'COLORTERM', 'LANG', 'USER', 'SHELL'] as const;

/** The part of a user that is in the environment. */
interface Person {
  readonly name: string;
  readonly home: string;
  readonly shell: string;
}

/** Where the host's PATH has no sbin (an ordinary user's), the guest's root wants it. */
const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * @param user whose environment it is; `undefined`: the caller's
 * @returns `NAME=value` entries.
 */
export function guestEnvironment(env: Readonly<Record<string, string | undefined>>, passEnv: readonly string[], cwd: string, user?: Person): string[] {
  const values = new Map<string, string>();
  for (const name of usual) {
    const value = env[name];
    if (value !== undefined) values.set(name, value);
  }
  if (user !== undefined) for (const [name, value] of [['HOME', user.home], ['USER', user.name], ['LOGNAME', user.name], ['SHELL', user.shell]] as const) values.set(name, value);
  const path = (env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(':');
  values.set('PATH', [...path, ...sbin.filter((dir) => !path.includes(dir))].join(':'));
  values.set('PWD', cwd);
  for (const wanted of passEnv) {
    const equals = wanted.indexOf('=');
    const name = equals < 0 ? wanted : wanted.slice(0, equals);
    const value = equals < 0 ? env[wanted] : wanted.slice(equals + 1);
    if (value !== undefined) values.set(name, value);
  }
  return [...values].map(([name, value]) => `${name}=${value}`);
}
