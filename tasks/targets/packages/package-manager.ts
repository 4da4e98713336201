/** What package managers say when they fail, told apart. Pure. */
import type { Family } from '../../../config/packages.ts';

/** Why an installation failed, as far as its output tells. */
export type InstallTrouble =
  /** There are no lists of packages yet. */
  | { kind: 'no-lists' }
  /** The lists do not have the package, name a file that the mirror no longer has, or a version older than what is installed. */
  | { kind: 'old-lists' }
  /** An earlier installation was cut off; `command` finishes it. */
  | { kind: 'unfinished'; command: readonly string[] }
  | { kind: 'locked'; by: string | undefined }
  | { kind: 'no-network'; line: string }
  | { kind: 'no-space' }
  | { kind: 'no-right'; line: string }
  /** sudo could not ask for the password, or did not accept the user. */
  | { kind: 'sudo-refused'; line: string }
  | { kind: 'other' };

interface Sign {
  readonly pattern: RegExp;
  readonly trouble: (match: RegExpExecArray) => InstallTrouble;
}

/**
 * The signs of each trouble, the more telling first: apt without a network
 * says both that it cannot resolve a name and that update might help. Debian's
 * lines are tried out in the tests, by apt itself; those of pacman and dnf are
 * from their sources.
 */
const signs: readonly Sign[] = [
  { pattern: /sudo: .*(?:password is required|terminal is required|no tty present).*|.*is not in the sudoers file.*|.*is not allowed to (?:execute|run).*|sudo: \d+ incorrect password attempts?/, trouble: (m) => ({ kind: 'sudo-refused', line: m[0].trim() }) },
  { pattern: /dpkg was interrupted, you must manually run '(?:sudo )?(dpkg --configure -a)'/, trouble: () => ({ kind: 'unfinished', command: ['dpkg', '--configure', '-a'] }) },
  { pattern: /.*(?:are you root\?|you cannot perform this operation unless you are root|superuser privileges|must be run .*root).*/, trouble: (m) => ({ kind: 'no-right', line: m[0].trim() }) },
  { pattern: /Could not get lock|Unable to acquire the dpkg frontend lock|unable to lock database|Failed to obtain.*lock/, trouble: () => ({ kind: 'locked', by: undefined }) },
  { pattern: /No space left on device|You don't have enough free space|not enough free disk space|Disk Requirements:|At least \S+ more space needed/, trouble: () => ({ kind: 'no-space' }) },
  { pattern: /.*(?:Temporary failure resolving|Could not resolve|Could not connect to|Unable to connect to|Network is unreachable|Connection timed out|Connection refused|Failed to download metadata|Cannot download|Curl error \(\d+\)|failed to synchronize all databases).*/, trouble: (m) => ({ kind: 'no-network', line: m[0].trim() }) },
  { pattern: /database file for '.*' does not exist/, trouble: () => ({ kind: 'no-lists' }) },
  { pattern: /Unable to locate package|has no installation candidate|Package .* is not available|404 +Not Found|target not found|returned error: 404|Unable to find a match|No match for argument|have unmet dependencies|you have held broken packages/, trouble: () => ({ kind: 'old-lists' }) },
];

/** apt's line while it waits for a lock: that it waited is not why it failed, but it names the holder. */
const waitingLine = /^Waiting for cache lock:.*?held by process (\d+(?: \([^)]*\))?).*$/gm;

/** Reads a package manager's output for why it failed. */
export function installTrouble(output: string): InstallTrouble {
  const holder = [...output.matchAll(waitingLine)].at(-1)?.[1];
  const rest = output.replaceAll(waitingLine, '');
  for (const { pattern, trouble } of signs) {
    const match = pattern.exec(rest);
    if (match === null) continue;
    const found = trouble(match);
    return found.kind === 'locked' ? { kind: 'locked', by: holder } : found;
  }
  return { kind: 'other' };
}

/** What heals a trouble without a person, for root; `undefined`: nothing does. */
export function remedyFor(trouble: InstallTrouble, family: Family, refresh: readonly string[]): readonly string[] | undefined {
  switch (trouble.kind) {
    case 'no-lists': return refresh;
    // On Arch new lists with old packages are a partial upgrade, which its
    // makers do not support: there only a person may decide on `-Syu`.
    case 'old-lists': return family === 'arch' ? undefined : refresh;
    case 'unfinished': return trouble.command;
    case 'locked':
    case 'no-network':
    case 'no-space':
    case 'no-right':
    case 'sudo-refused':
    case 'other': return undefined;
  }
}
