/** The user's directory for what a running VM has: sockets, and what they lead to. Nobody else can enter it. */
import { chmodSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { codeOf, fileFailure } from '../host/files.ts';
import type { Result } from '../report/failure.ts';
import { vmsFailure } from './reasons.ts';

/** A socket's path has 107 bytes at most (unix(7)); a VM's name 35, and what it has in its directory 20. */
const longest = 50;

interface Place {
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where systemd has the users' own directories. */
  readonly perUser: string;
  /** For hosts without: anybody may make a directory here, and nobody remove another's. */
  readonly shared: string;
}

const here = (): Place => ({ uid: process.getuid?.() ?? 0, env: process.env, perUser: '/run/user', shared: '/tmp' });

/**
 * The directory `kloop` in XDG_RUNTIME_DIR, or in the directory that logind has made
 * for the user, where one of these is the user's own; else `/tmp/kloop-UID`.
 * It is made where it is missing, with mode 0700.
 *
 * @returns its path, at most 50 bytes; or `runtime-dir`, where somebody else has put something there
 */
export function runtimeDir(place: Place = here()): Result<string> {
  const named = place.env['XDG_RUNTIME_DIR'] ?? '';
  const own = [...(isAbsolute(named) ? [named] : []), join(place.perUser, String(place.uid))]
    .find((dir) => Buffer.byteLength(dir) <= longest - '/kloop'.length && isOwn(dir, place.uid));
  const path = own === undefined ? join(place.shared, `kloop-${place.uid}`) : join(own, 'kloop');
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return fileFailure("making the VMs' directory", path, error);
  }
  return checked(path, place.uid);
}

/** Not only by its name: `su` keeps the variable of whom one was. */
function isOwn(dir: string, uid: number): boolean {
  const stat = statSync(dir, { throwIfNoEntry: false });
  return stat !== undefined && stat.isDirectory() && stat.uid === uid && (stat.mode & 0o022) === 0;
}

/** What was there before is not trusted by its name: in /tmp anybody may have made it. */
function checked(path: string, uid: number): Result<string> {
  try {
    const stat = lstatSync(path);
    const wrong = !stat.isDirectory() ? 'it is no directory'
      : stat.uid !== uid ? `it belongs to user ${stat.uid}`
      : (stat.mode & 0o022) !== 0 ? 'others may write to it' : undefined;
    if (wrong !== undefined) return vmsFailure({ reason: 'runtime-dir', path, wrong });
    if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
    return path;
  } catch (error) {
    return fileFailure("looking at the VMs' directory", path, error);
  }
}
