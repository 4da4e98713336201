/**
 * What QEMU's 9p server refuses below --rw-dirs, and says ENXIO to. QEMU 7.2 to 9.1
 * makes fifos, sockets and devices and then cannot open them to set their mode
 * (its fix of CVE-2023-2861); later ones make them. So QEMU is to say what it
 * was asked to make, and what it has made.
 */

/** Events of QEMU's, each a line on its stderr where it was built with its log (Debian, Arch). */
export const makingEvents: readonly string[] = ['v9fs_mknod', 'v9fs_mknod_return'];

/** What is not made by then is refused: both lines come at once. */
const graceMs = 1000;

const kinds: Readonly<Record<number, string>> = { 0o01: 'a fifo', 0o02: 'a device', 0o06: 'a device', 0o14: 'a Unix socket' };

/** What is asked for, by a line of QEMU's, or has been made; `undefined`: it is about something else. Pure. */
export function readMaking(line: string): { readonly tag: string; readonly asked: string | undefined } | undefined {
  const asked = /\bv9fs_mknod tag (\d+) id \d+ fid \d+ mode (\d+) /.exec(line);
  if (asked !== null) return { tag: asked[1] ?? '', asked: kinds[Number(asked[2]) >> 12] ?? 'a file' };
  const made = /\bv9fs_mknod_return tag (\d+) /.exec(line);
  return made === null ? undefined : { tag: made[1] ?? '', asked: undefined };
}

export const refusedWords = (what: string): string => `the guest could not make ${what} below --rw-dirs: this QEMU's 9p server refuses it ("No such device or address"). Elsewhere it can, as in /tmp; docs/guest-files.md`;

export interface Refusals {
  /** What was refused first; never resolves where nothing was. */
  readonly first: Promise<string>;
  heard(line: string): void;
  /** QEMU is gone. */
  ended(): void;
}

export function watchRefusals(): Refusals {
  let refuse: (what: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => { refuse = resolve; });
  const waiting = new Map<string, { what: string; timer: NodeJS.Timeout }>();
  return {
    first,
    heard: (line) => {
      const making = readMaking(line);
      if (making === undefined) return;
      const before = waiting.get(making.tag);
      clearTimeout(before?.timer);
      waiting.delete(making.tag);
      const what = making.asked;
      // The guest has used this tag anew: the request before was answered, and nothing made.
      if (what !== undefined && before !== undefined) refuse(before.what);
      if (what !== undefined) waiting.set(making.tag, { what, timer: setTimeout(() => refuse(what), graceMs) });
    },
    ended: () => {
      for (const { what, timer } of waiting.values()) {
        clearTimeout(timer);
        refuse(what);
      }
    },
  };
}
