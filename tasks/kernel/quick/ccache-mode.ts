/**
 * ccache's depend mode, for an object that was edited: ccache takes what it
 * was made from out of the compiler's own list, rather than run the
 * preprocessor first. Measured on net/mptcp/protocol.c: an edit is compiled in
 * 1.9 s instead of 2.4 s. (ccache(1), depend_mode, since 3.5)
 *
 * That list does not name what the assembler reads by .incbin: in this mode
 * ccache would give the object of other data back, in later builds by make
 * too (measured, 4.7.5: piggy.o of an older vmlinux). Preprocessed text that
 * has the word it does not keep. So nothing that has the word is compiled in
 * this mode, and make's own builds, where nobody looks, never are.
 */
import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the user has chosen a mode. */
export function hasChosenMode(env: Environment): boolean {
  return env['CCACHE_DEPEND'] !== undefined || env['CCACHE_NODEPEND'] !== undefined;
}

/**
 * What is compiled at one save is another text at the next: ccache is asked for it, but
 * keeps nothing of it. Measured, net/mptcp/protocol.c: 0.91 s by gcc alone, 0.92 so,
 * 1.01 kept. (ccache(1), read_only) Since nothing is kept, the word above does not matter then.
 */
export const onlyLookUp = { CCACHE_READONLY: '1' };

/** As text: 800 buffers lie about until the next collection of garbage, 8 MiB of them (measured in a watch's turn). */
const readText = (path: string) => readFileSync(path, 'utf8');

/** Tells of files whether they hold the word; each is read once. One that cannot be read may hold it. */
export function incbinSeeker(read: (path: string) => string = readText): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    let holds = known.get(path);
    if (holds === undefined) {
      try {
        holds = read(path).includes('incbin');
      } catch {
        holds = true;
      }
      known.set(path, holds);
    }
    return holds;
  };
}
