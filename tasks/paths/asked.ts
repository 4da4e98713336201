/** What `--path` asks for: profiles, what differs from them, and a name for each path. Pure. */
import { changed, type Profile } from './link.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { pathFailure } from './reasons.ts';

/** A path of a VM. */
export interface AskedPath {
  /** Of its NIC in both machines, and for `path cut NAME`. */
  readonly name: string;
  readonly profile: Profile;
}

/** The VM has no room for more NICs. */
export const mostPaths = 8;

/** `lte:delay=80ms,loss=1%` is lte, with two changes. */
export function splitWord(word: string): { readonly profile: string; readonly changes: readonly string[] } {
  const colon = word.indexOf(':');
  if (colon < 0) return { profile: word, changes: [] };
  return { profile: word.slice(0, colon), changes: word.slice(colon + 1).split(',').filter((change) => change !== '') };
}

/**
 * @param words those of `--path`, in order
 * @param find the profile of that name
 * @returns paths that are called as their profiles; the second of a kind gets a 2
 */
export function askedPaths(words: readonly string[], find: (name: string) => Result<Profile>): Result<AskedPath[]> {
  if (words.length > mostPaths) return pathFailure({ reason: 'too-many-paths', asked: words.length, most: mostPaths });
  const paths: AskedPath[] = [];
  for (const word of words) {
    const { profile: named, changes } = splitWord(word);
    if (takenNames.test(named)) return pathFailure({ reason: 'bad-change', where: `--path ${word}`, wrong: `a path cannot be called ${named}: another network device is` });
    const found = find(named);
    if (isFailure(found)) return found;
    const profile = changed(found, changes);
    if ('wrong' in profile) return pathFailure({ reason: 'bad-change', where: `--path ${word}`, wrong: profile.wrong });
    paths.push({ name: freeName(named, paths.map(({ name }) => name)), profile: profile.value });
  }
  return paths;
}

/** What NICs of the VM or of the peer are called already. */
const takenNames = /^(?:lo|(?:br|up|eth|nic|bond|dummy)\d+|all|default)$/;

/** A NIC's name has 15 characters. */
function freeName(profile: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? profile : `${profile}${number}`;
    if (!taken.includes(name)) return name;
  }
}
