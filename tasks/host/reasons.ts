import type { BadSetting } from '../../config/settings.ts';
import { shellQuote } from '../text/values.ts';
import { failuresOf } from '../report/failure.ts';

/** What can go wrong between kloop and the host. */
type HostReason =
  | { reason: 'command-failed'; doing: string; argv: readonly string[]; status: number | string; tail: readonly string[]; log?: string | undefined; mend?: readonly string[] }
  | { reason: 'command-missing'; doing: string; command: string; mend?: readonly string[] }
  | { reason: 'bad-settings'; bad: readonly BadSetting[] }
  | { reason: 'bad-usage'; wrong: string; mend: readonly string[] }
  | { reason: 'file-error'; doing: string; path: string; code: string; message: string }
  | { reason: 'no-sudo'; command: string };

const codes: Readonly<Record<string, { what: string; mend: (path: string) => string[] }>> = {
  ENOSPC: { what: 'no space left on the device', mend: (path) => [`df -h ${shellQuote(path)}`] },
  EDQUOT: { what: 'the disk quota is used up', mend: () => ['quota'] },
  EACCES: { what: 'permission denied', mend: (path) => [`ls -ld ${shellQuote(path)}`] },
  EPERM: { what: 'operation not permitted', mend: (path) => [`ls -ld ${shellQuote(path)}`] },
  EROFS: { what: 'the file system is read-only', mend: (path) => [`findmnt -T ${shellQuote(path)}`] },
  EBADF: { what: 'it is closed', mend: () => [] },
  ENOENT: { what: 'no such file or directory', mend: () => [] },
  ENOTDIR: { what: 'not a directory', mend: (path) => [`ls -ld ${shellQuote(path)}`] },
};

export const hostFailure = failuresOf<HostReason>({
  'command-failed': (d) => ({
    said: d.tail,
    what: `${d.doing} failed: ${d.argv[0] ?? ''} ended with ${typeof d.status === 'number' ? `status ${d.status}` : d.status}`,
    why: [`The command: ${d.argv.map(shellQuote).join(' ')}`],
    log: d.log,
    mend: d.mend ?? [],
  }),
  'command-missing': (d) => ({
    what: `${d.doing} needs the program '${d.command}', which is not on PATH`,
    mend: d.mend ?? ['npm run packages -- --install'],
  }),
  'bad-settings': (d) => ({
    what: d.bad.length === 1 ? 'a setting is wrong' : `${d.bad.length} settings are wrong`,
    why: d.bad.map((b) =>
      b.nearest === undefined
        ? `${b.layer}: ${b.key}=${b.text}: ${b.wrong}`
        : `${b.layer}: ${b.key}: ${b.wrong}. Did you mean ${b.nearest}?`),
    mend: ['less config/defaults.env   # every setting, with its meaning'],
  }),
  'bad-usage': (d) => ({ what: d.wrong, mend: d.mend }),
  'file-error': (d) => {
    const known = codes[d.code];
    return {
      what: `${d.doing} failed: ${d.path}: ${known?.what ?? d.message}`,
      mend: known?.mend(d.path) ?? [],
    };
  },
  'no-sudo': (d) => ({
    what: 'this needs root, and there is no sudo',
    why: ['Run this command as root, then the last one again:'],
    mend: [`su -c ${shellQuote(d.command)}`],
  }),
});
