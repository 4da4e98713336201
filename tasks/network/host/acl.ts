/**
 * QEMU's list of bridges that ordinary users may put NICs on, /etc/qemu/bridge.conf,
 * read as QEMU's helper reads it. (qemu-bridge-helper.c, as it was before 2.6)
 */
import { readText } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { AclLine } from '../reasons.ts';
import type { AclVerdict } from './found.ts';

/** @returns a file's text; `undefined` where there is none */
export type ReadAcl = (path: string) => Result<string | undefined>;

/**
 * A `deny` anywhere wins over every `allow`. A line that it doesn't know
 * makes the helper refuse all; in a file that is included it ends that file,
 * which need not even be there.
 */
export function aclVerdict(bridge: string, path: string, read: ReadAcl = readText): AclVerdict {
  let allowed = false;
  let denied: AclLine | undefined;
  let unreadable = false;
  const seen = new Set<string>();
  /** @returns the line that ended it */
  const parse = (file: string): AclLine | undefined => {
    seen.add(file);
    const text = read(file);
    if (isFailure(text)) unreadable = true;
    if (isFailure(text) || text === undefined) return undefined;
    for (const line of text.split('\n').map((raw) => raw.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      const [, verb = '', what = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
      const meant = what === 'all' || what === bridge;
      if (what === '' || !['allow', 'deny', 'include'].includes(verb)) return { file, text: line };
      if (verb === 'deny' && meant) denied ??= { file, text: line };
      if (verb === 'allow' && meant) allowed = true;
      if (verb === 'include' && !seen.has(what)) parse(what);
    }
    return undefined;
  };
  const by = parse(path) ?? denied;
  if (by !== undefined) return { kind: 'refused', by };
  if (unreadable) return { kind: 'unreadable' };
  return allowed ? { kind: 'allowed' } : { kind: 'refused' };
}
