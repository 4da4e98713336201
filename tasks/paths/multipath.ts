/** `--mptcp`: how Multipath TCP uses the paths. Pure. */
import { nearest } from '../text/nearest.ts';
import type { Parsed } from '../text/values.ts';
import type { Multipath } from './plan.ts';

const kinds = ['subflow', 'signal', 'fullmesh', 'none'] as const;
const managers = { userspace: 'kloop', 'userspace:own': 'own' } as const;

/** `backup:lte` names the paths that are only used when no other is left; several by commas. */
export function parseMultipath(text: string): Parsed<Multipath> {
  const kind = kinds.find((name) => name === text);
  if (kind !== undefined) return { value: { kind } };
  if (Object.hasOwn(managers, text)) return { value: { kind: 'userspace', manager: managers[text as keyof typeof managers] } };
  const [word, names] = text.split(':');
  const paths = (names ?? '').split(',').filter((name) => name !== '');
  if (word === 'backup' && paths.length > 0) return { value: { kind: 'backup', paths } };
  return { wrong: `expected one of ${[...kinds, ...Object.keys(managers)].join(', ')}, backup:PATH` };
}

/** Of a backup, a name that no path has; in words. */
export function unknownBackup(multipath: Multipath, names: readonly string[]): string | undefined {
  const unknown = multipath.kind === 'backup' ? multipath.paths.find((name) => !names.includes(name)) : undefined;
  if (unknown === undefined) return undefined;
  const meant = nearest(unknown, names);
  return `no path is called '${unknown}'${meant === undefined ? '' : `; did you mean ${meant}?`} Paths: ${names.join(', ')}`;
}
