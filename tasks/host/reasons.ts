import type { BadSetting } from '../../config/settings.ts';
import { isVariantName } from '../../config/variant.ts';
import { shellQuote } from '../text/values.ts';
import { failuresOf } from '../report/failure.ts';

/** What can go wrong between kloop and the host. */
type HostReason =
  | { reason: 'command-failed'; doing: string; argv: readonly string[]; status: number | string; tail: readonly string[]; log?: string | undefined; fix?: readonly string[] }
  | { reason: 'command-missing'; doing: string; command: string; fix?: readonly string[] }
  | { reason: 'bad-settings'; bad: readonly BadSetting[] }
  /** `file`: where a person's own would be. */
  | { reason: 'no-variant'; name: string; known: readonly string[]; nearest: string | undefined; file: string | undefined }
  | { reason: 'bad-usage'; wrong: string; fix: readonly string[] }
  | { reason: 'file-error'; doing: string; path: string; code: string; message: string }
  | { reason: 'no-sudo'; command: string };

const codes: Readonly<Record<string, { what: string; fix: (path: string) => string[] }>> = {
  ENOSPC: { what: 'no space left on the device', fix: (path) => [`df -h ${shellQuote(path)}`] },
  EDQUOT: { what: 'the disk quota is used up', fix: () => ['quota'] },
  EACCES: { what: 'permission denied', fix: (path) => [`ls -ld ${shellQuote(path)}`] },
  EPERM: { what: 'operation not permitted', fix: (path) => [`ls -ld ${shellQuote(path)}`] },
  EROFS: { what: 'the file system is read-only', fix: (path) => [`findmnt -T ${shellQuote(path)}`] },
  EBADF: { what: 'it is closed', fix: () => [] },
  ENOENT: { what: 'no such file or directory', fix: () => [] },
  ENOTDIR: { what: 'not a directory', fix: (path) => [`ls -ld ${shellQuote(path)}`] },
};

export const hostFailure = failuresOf<HostReason>({
  'command-failed': (d) => ({
    said: d.tail,
    what: `${d.doing} failed: ${d.argv[0] ?? ''} ended with ${typeof d.status === 'number' ? `status ${d.status}` : d.status}`,
    why: [`The command: ${d.argv.map(shellQuote).join(' ')}`],
    log: d.log,
    fix: d.fix ?? [],
  }),
  'command-missing': (d) => ({
    what: `${d.doing} needs the program '${d.command}', which is not on PATH`,
    fix: d.fix ?? ['npm run packages -- --install'],
  }),
  'bad-settings': (d) => ({
    what: d.bad.length === 1 ? 'a setting is wrong' : `${d.bad.length} settings are wrong`,
    why: d.bad.map((b) =>
      b.nearest === undefined
        ? `${b.layer}: ${b.key}=${b.text}: ${b.wrong}`
        : `${b.layer}: ${b.key}: ${b.wrong}. Did you mean ${b.nearest}?`),
    fix: ['less config/defaults.env   # describes every setting'],
  }),
  'no-variant': (d) => ({
    what: `there is no variant '${d.name}'${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    why: [
      `Variants: ${d.known.join(', ')}`,
      ...(isVariantName(d.name) ? d.file === undefined ? [] : [`Or write settings of your own to ${d.file}`] : ['A name has letters, digits, - and _, at most 20.']),
    ],
  }),
  'bad-usage': (d) => ({ what: d.wrong, fix: d.fix }),
  'file-error': (d) => {
    const known = codes[d.code];
    return {
      what: `${d.doing} failed: ${d.path}: ${known?.what ?? d.message}`,
      fix: known?.fix(d.path) ?? [],
    };
  },
  'no-sudo': (d) => ({
    what: 'this needs root, and there is no sudo',
    why: ['Run this command as root, then run kloop again:'],
    fix: [`su -c ${shellQuote(d.command)}`],
  }),
});
