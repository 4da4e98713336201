/** The entries of KERNEL_SOURCES, parsed. Pure. */
import { basename } from 'node:path';
import { homeRelative } from '../../text/values.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { kernelFailure } from '../reasons.ts';

/** Where a kernel's source can come from. `text` is the entry as the user wrote it. */
export type SourceEntry =
  /** `directory`: its name below REPOS_DIR. `ref`: a branch, a tag, or a whole commit id. */
  | { readonly kind: 'git'; readonly text: string; readonly url: string; readonly ref: string | undefined; readonly directory: string }
  | { readonly kind: 'download'; readonly text: string; readonly url: string; readonly sha256: string | undefined; readonly directory: string }
  | { readonly kind: 'archive'; readonly text: string; readonly path: string; readonly directory: string }
  /** A tree that is used as it is. */
  | { readonly kind: 'dir'; readonly text: string; readonly path: string }
  /** The distribution's package: `wanted` is a version ('6.1'), or `undefined` for the newest. */
  | { readonly kind: 'distro'; readonly text: string; readonly wanted: string | undefined };

/** Trees that have a short name in KERNEL_SOURCES. */
const shortNames: Readonly<Record<string, string>> = {
  // Multipath TCP out of tree, up to 5.4.
  'mptcp': 'git+https://github.com/multipath-tcp/mptcp.git',
  // The developers' tree of today: what goes into net-next.
  'mptcp-next': 'git+https://github.com/multipath-tcp/mptcp_net-next.git',
};

/** The kinds, as they are shown to who wrote another. */
const sourceKinds: readonly string[] = [
  'git+https://HOST/REPO.git#BRANCH (also git+ssh:, git+http:, git+file:)',
  'https://HOST/linux-6.1.tar.xz#sha256=…',
  'file:/path/linux-6.1.tar.xz (also a git bundle)',
  'dir:/path/to/tree',
  'distro: (or distro:6.1)',
  `a short name: ${Object.keys(shortNames).join(', ')}`,
];

interface EntryBase {
  /** Where relative paths start. */
  readonly topDir: string;
  readonly home: string;
}

/** @returns the entry; or `bad-source`, which names the kinds. */
export function parseSourceEntry(text: string, base: EntryBase): Result<SourceEntry> {
  const named = Object.hasOwn(shortNames, text) ? parseSourceEntry(shortNames[text] ?? '', base) : undefined;
  if (named !== undefined) return isFailure(named) ? named : { ...named, text };
  const bad = (wrong: string) => kernelFailure({ reason: 'bad-source', entry: text, wrong, kinds: sourceKinds });
  const scheme = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(text);
  if (scheme === null) return bad('it has no kind, and it is not a short name');
  const [kind, rest] = [(scheme[1] ?? '').toLowerCase(), scheme[2] ?? ''];
  switch (kind) {
    case 'git+https':
    case 'git+http':
    case 'git+ssh':
    case 'git+file':
      return gitEntry(text, kind.slice('git+'.length), rest, base) ?? bad(kind === 'git+file' ? 'expected git+file:/path/to/repository' : `expected ${kind}://HOST/REPO.git`);
    case 'http':
    case 'https':
      return downloadEntry(text) ?? bad('expected the URL of a tarball (.tar, .tar.gz, .tar.xz, .tar.bz2, .tar.zst); for a git repository write git+https://…');
    case 'file': {
      const path = localPath(rest, base);
      if (path === undefined) return bad('expected file:/path');
      const directory = archiveStem(path) ?? (path.endsWith('.bundle') ? basename(path, '.bundle') : undefined);
      if (directory === undefined) return bad('expected a tarball (.tar, .tar.gz, .tar.xz, .tar.bz2, .tar.zst) or a .bundle; for a directory write dir:/path');
      return { kind: 'archive', text, path, directory: directoryName(directory) };
    }
    case 'dir': {
      const path = localPath(rest, base);
      return path === undefined ? bad('expected dir:/path/to/tree') : { kind: 'dir', text, path };
    }
    case 'distro': {
      const wanted = /^(?:linux-source-)?([\d.]*)$/.exec(rest);
      return wanted === null ? bad('expected distro: alone, or a version such as distro:6.1') : { kind: 'distro', text, wanted: wanted[1] || undefined };
    }
    default:
      return bad(`'${kind}:' isn't a kind of source that kloop knows`);
  }
}

/** All entries, or the first that is wrong. */
export function parseSourceEntries(texts: readonly string[], base: EntryBase): Result<SourceEntry[]> {
  const entries: SourceEntry[] = [];
  for (const text of texts) {
    const entry = parseSourceEntry(text, base);
    if (isFailure(entry)) return entry;
    entries.push(entry);
  }
  return entries;
}

function gitEntry(text: string, transport: string, rest: string, base: EntryBase): SourceEntry | undefined {
  const [where = '', ref] = splitOnce(rest, '#');
  if (ref === '' || ref?.startsWith('-')) return undefined;
  let url: string;
  if (transport === 'file') {
    const path = localPath(where, base);
    if (path === undefined) return undefined;
    url = path;
  } else {
    if (!/^\/\/[^/\s]+\/\S/.test(where)) return undefined;
    url = `${transport}:${where}`;
  }
  const stem = basename(where.replace(/\/+(?:\.git\/*)?$/, '')).replace(/\.(git|bundle)$/, '');
  // Two branches of one repository are two trees: neither may pass for the other.
  const directory = directoryName(ref === undefined ? stem : `${stem}-${ref}`);
  return directory === '' ? undefined : { kind: 'git', text, url, ref, directory };
}

function downloadEntry(text: string): SourceEntry | undefined {
  const [url = '', hash] = splitOnce(text, '#');
  const sha256 = hash === undefined ? undefined : /^sha256=([0-9a-f]{64})$/i.exec(hash)?.[1]?.toLowerCase();
  if (hash !== undefined && sha256 === undefined) return undefined;
  if (!URL.canParse(url)) return undefined;
  const stem = archiveStem(decoded(new URL(url).pathname));
  return stem === undefined ? undefined : { kind: 'download', text, url, sha256, directory: directoryName(stem) };
}

/** `linux-6.1` of `…/linux-6.1.tar.xz`; `undefined` where it is not a tarball's name. */
export function archiveStem(path: string): string | undefined {
  const match = /^(.+)\.(?:tar(?:\.(?:gz|xz|bz2|zst|lzma))?|tgz|txz|tbz2?)$/.exec(basename(path));
  return match?.[1];
}

function localPath(rest: string, base: EntryBase): string | undefined {
  const path = rest.startsWith('///') ? rest.slice(2) : rest;
  return path === '' || path.startsWith('//') ? undefined : homeRelative(path, base.topDir, base.home);
}

/** Kbuild refuses a tree whose path has white space or a colon, so that a directory of ours never has either. */
function directoryName(text: string): string {
  return text.replaceAll(/[^\w.+-]+/g, '-').replace(/^[.-]+/, '');
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
