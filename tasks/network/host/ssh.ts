/** Whether the person sits at the far end of an ssh connection through the adapter. */
import { join } from 'node:path';
import { textOf } from '../../host/files.ts';
import type { Link } from './links.ts';
import type { HostPaths } from './paths.ts';

/** The host's own address in sshd's SSH_CONNECTION: 'CLIENT PORT SERVER PORT'. */
export function sshAddress(connection: string | undefined): string | undefined {
  return connection?.split(' ')[2]?.replace(/%.*$/, '').replace(/^::ffff:/, '');
}

/** SSH_CONNECTION of this process or the nearest ancestor that has it: sudo and tmux take it out of the environment. */
export function sshConnection(env: Readonly<Record<string, string | undefined>>, pid: number, paths: HostPaths): string | undefined {
  if (env['SSH_CONNECTION'] !== undefined) return env['SSH_CONNECTION'];
  for (let ancestor = parentOf(pid, paths), depth = 0; ancestor > 1 && depth < 32; ancestor = parentOf(ancestor, paths), depth++) {
    const found = /(?:^|\0)SSH_CONNECTION=([^\0]*)/.exec(textOf(join(paths.proc, String(ancestor), 'environ')) ?? '')?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function parentOf(pid: number, paths: HostPaths): number {
  // After the name in brackets, which may hold anything: state, parent.
  const stat = textOf(join(paths.proc, String(pid), 'stat')) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

export function isThrough(link: Link, connection: string | undefined): boolean {
  const address = sshAddress(connection);
  return address !== undefined && link.addresses.some(({ local }) => local === address);
}
