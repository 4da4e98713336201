/** What of the host's /tmp is in the guest, which has one of its own: what the command names. Pure, but for `look`. */
import { dirname, resolve } from 'node:path';

/** What is at a path of the host; `elsewhere`: a symbolic link, or below one. */
export type Look = (path: string) => 'directory' | 'file' | 'elsewhere' | 'other' | 'missing';

interface NamedPaths {
  /** Files and directories that stay visible. */
  readonly visible: readonly string[];
  /** Why one that is named is not there, a line each. */
  readonly notes: readonly string[];
}

/** Where the guest has places of its own. */
const hidden = /^\/(?:tmp|run|dev\/shm)\/./;

/** A path below /tmp within a word: `--out=/tmp/x`, `cd /tmp/x && make`. What a shell ends a word at ends it, too. */
const inWord = /(?<![\w./~@%+-])\/tmp\/[^\s'"`;|&<>()${}*?[\],=:\\]+/g;
/** The same with a pattern in it, up to there. */
const pattern = /(?<![\w./~@%+-])\/tmp\/[^\s'"`;|&<>()${}*?[\],=:\\]*[*?[][^\s'"`;|&<>()]*/g;

/** Working directory and programs anywhere that the guest hides; of arguments what is below /tmp. */
export function namedPaths({ cwd, commands }: { readonly cwd: string; readonly commands: readonly (readonly string[])[] }, look: Look): NamedPaths {
  const visible = new Set<string>();
  const notes = new Set<string>();
  const take = (path: string) => {
    const found = place(path, look);
    if (found === undefined) return;
    if ('note' in found) notes.add(found.note);
    else visible.add(found.path);
  };
  // A directory that is not there is told of by the guest, which cannot enter it.
  if (hidden.test(cwd)) visible.add(cwd);
  for (const [program = ''] of commands) {
    if (!program.includes('/')) continue;
    const path = resolve(cwd, program);
    if (hidden.test(dirname(path))) visible.add(dirname(path));
    else if (hidden.test(path)) take(path);
  }
  for (const word of commands.flatMap(([, ...words]) => words)) {
    // A word that is a path as a whole may hold anything.
    const whole = resolve(cwd, word);
    if (/^\/tmp\/./.test(whole) && look(whole) !== 'missing') take(whole);
    else for (const [path] of word.matchAll(inWord)) take(resolve(path));
    for (const [path] of word.matchAll(pattern)) {
      const dir = dirname(path.replace(/[*?[].*$/s, '*'));
      if (dir === '/tmp') notes.add(`'${path}' finds nothing of the host's: the guest has a /tmp of its own, with what the command names by its full path`);
    }
  }
  const within = (path: string) => [...visible].some((other) => path.startsWith(`${other}/`));
  return { visible: [...visible].filter((path) => !within(path)), notes: [...notes] };
}

/** What must be visible for a path: itself, where it lies in /tmp itself; or the nearest directory above that is there, for what lies beside a file may be wanted. */
function place(path: string, look: Look): { path: string } | { note: string } | undefined {
  for (let at = path; hidden.test(at); at = dirname(at)) {
    switch (look(at)) {
      case 'missing': continue;
      case 'directory': return { path: at };
      case 'file': return { path: hidden.test(dirname(at)) ? dirname(at) : at };
      case 'elsewhere': return { note: `${at} is not in the guest, which has a /tmp of its own: it is a symbolic link; name what it leads to` };
      case 'other': return { note: `${at} is not in the guest, which has a /tmp of its own: it is neither a file nor a directory` };
    }
  }
  return undefined;
}
