/**
 * What QEMU's 9p server refuses below --rw-dirs, to be said in words, for the
 * guest's error tells nobody why. By its log of events it says what it was asked,
 * and what it has done.
 *
 * QEMU 7.2 to 9.1 makes fifos, sockets and devices and then cannot open them to set
 * their mode (its fix of CVE-2023-2861); later ones make them. What is set of a file
 * it sets by the file's name, which one that is open may have no more. And with
 * security_model=none it has no attributes but user.* ones (9p-xattr.c).
 */

/** Events of QEMU's, each a line on its stderr where it was built with its log (Debian, Arch). */
export const askingEvents: readonly string[] = ['v9fs_mknod', 'v9fs_mknod_return', 'v9fs_setattr', 'v9fs_setattr_return', 'v9fs_xattrcreate'];

/** What is not done by then is refused: in ms. To cut a big file takes longer than to make a fifo. */
const graceMs = { make: 1000, set: 5000 } as const;

const kinds: Readonly<Record<number, string>> = { 0o01: 'a fifo', 0o02: 'a device', 0o06: 'a device', 0o14: 'a Unix socket' };

/** By the bits of what is to be set (P9_ATTR_*, include/net/9p/9p.h in Linux). */
const settable: readonly (readonly [bits: number, what: string])[] = [[1, 'mode'], [2 | 4, 'owner'], [8, 'size'], [16 | 32 | 128 | 256, 'times']];

interface Waiting {
  readonly asked: Asked;
  readonly timer: NodeJS.Timeout;
}

interface Asked {
  readonly kind: 'make' | 'set' | 'attribute';
  /** A fifo; size and times; the attribute's name. */
  readonly what: string;
}

/** What is asked for, by a line of QEMU's, or has been done; `undefined`: it is about something else. Pure. */
export function readAsked(line: string): { readonly tag: string; readonly asked: Asked | undefined } | undefined {
  const [, event, tag = '', rest = ''] = /\bv9fs_(mknod|setattr|xattrcreate|mknod_return|setattr_return) tag (\d+) id \d+(.*)/.exec(line) ?? [];
  const number = (name: string) => Number(new RegExp(`\\b${name} (\\d+)`).exec(rest)?.[1] ?? 0);
  switch (event) {
    case 'mknod': return { tag, asked: { kind: 'make', what: kinds[number('mode') >> 12] ?? 'a file' } };
    case 'setattr': return { tag, asked: { kind: 'set', what: settable.filter(([bits]) => (number('valid') & bits) !== 0).map(([, what]) => what).join(' and ') } };
    case 'xattrcreate': {
      const name = / name (security\.\S+|system\.posix_acl_\S+) size [1-9]/.exec(rest)?.[1];
      return name === undefined ? undefined : { tag, asked: { kind: 'attribute', what: name } };
    }
    case undefined: return undefined;
    default: return { tag, asked: undefined };
  }
}

const more = 'docs/guest-files.md';
const words: Readonly<Record<Asked['kind'], (what: string) => string>> = {
  make: (what) => `the guest could not make ${what} below --rw-dirs: this QEMU's 9p server refuses it ("No such device or address"). Elsewhere it can, as in /tmp; ${more}`,
  set: (what) => `the guest could not set a file's ${what} below --rw-dirs: by 9p that cannot be done to one that is open and has lost its name, nor what you may not do yourself; ${more}`,
  attribute: (what) => `the guest could not set ${what} of a file below --rw-dirs: QEMU's 9p server has no such attributes ("Operation not supported"); ${more}`,
};

export interface Refusals {
  heard(line: string): void;
  /** QEMU is gone. */
  ended(): void;
}

/** @param tell gets it in words, once for each kind */
export function watchRefusals(tell: (words: string) => void): Refusals {
  const told = new Set<string>();
  /** Of each tag those that were not answered; two directories may use the same one at a time, and a tag is used anew. */
  const waiting = new Map<string, Waiting[]>();
  const refuse = ({ kind, what }: Asked) => {
    if (!told.has(kind)) tell(words[kind](what));
    told.add(kind);
  };
  return {
    heard: (line) => {
      const read = readAsked(line);
      if (read === undefined) return;
      const { tag, asked } = read;
      const ofTag = waiting.get(tag) ?? [];
      waiting.set(tag, ofTag);
      if (asked === undefined) {
        clearTimeout(ofTag.pop()?.timer);
      } else if (asked.kind === 'attribute') {
        refuse(asked);
      } else {
        const one: Waiting = {
          asked,
          timer: setTimeout(() => {
            ofTag.splice(ofTag.indexOf(one), 1);
            refuse(asked);
          }, graceMs[asked.kind]),
        };
        ofTag.push(one);
      }
    },
    ended: () => {
      for (const { asked, timer } of [...waiting.values()].flat()) {
        clearTimeout(timer);
        refuse(asked);
      }
    },
  };
}
