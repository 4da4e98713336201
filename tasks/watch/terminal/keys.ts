/** The keys of the loop, and the prefix that comes before them while a shell has the terminal. Pure. */

export type Key = 'reboot' | 'rebuild' | 'pause' | 'shell' | 'log' | 'failures' | 'why' | 'help' | 'rerun' | 'suspend' | 'quit';

/** Bytes of the terminal, as Latin-1 text, and what they mean. */
const bindings: ReadonlyMap<string, Key> = new Map([
  ['r', 'reboot'], ['b', 'rebuild'], ['p', 'pause'], ['s', 'shell'], ['l', 'log'], ['f', 'failures'],
  ['w', 'why'], ['h', 'help'], ['?', 'help'], ['\r', 'rerun'], ['\n', 'rerun'], ['q', 'quit'],
  ['\x03', 'quit'], ['\x1a', 'suspend'],
]);

/** What help shows, in this order. */
export const keyWords: readonly (readonly [string, string])[] = [
  ['Enter', 'run again'],
  ['r', 'reboot now'],
  ['b', 'rebuild'],
  ['p', 'pause or resume watching'],
  ['s', 'open a shell in the current VM'],
  ['l', 'show the end of the last console log'],
  ['f', 'show only the failures'],
  ['w', 'show what the last save was part of, and why others had no effect'],
  ['q', 'quit'],
];

/** The keys in bytes read from a terminal in raw mode; bytes without a meaning are dropped. */
export function keysOf(bytes: Uint8Array): Key[] {
  const keys: Key[] = [];
  // A function key or a mouse report is one escape sequence, not letters.
  const text = Buffer.from(bytes).toString('latin1').replaceAll(/\x1b(?:[[O][0-9;<?]*[ -/]*[@-~]|.)?/gs, '');
  for (const character of text) {
    const key = bindings.get(character);
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

/** A control byte as people write it: `Ctrl-]`. */
export function controlName(byte: number): string {
  return `Ctrl-${String.fromCharCode(byte | 0x40)}`;
}

/** What came from the terminal, in order. */
export type Typed = { readonly forward: Buffer } | { readonly key: Key } | { readonly unknown: string };

/**
 * Parts what is typed for the guest from what is typed for the loop: the byte
 * after the prefix is a key, the prefix twice is one for the guest. The prefix
 * and its key may come in two reads.
 */
export class PrefixParser {
  readonly #prefix: number;
  #pending = false;

  constructor(prefix: number) {
    this.#prefix = prefix;
  }

  push(bytes: Uint8Array): Typed[] {
    const typed: Typed[] = [];
    let from = 0;
    const flush = (to: number) => {
      if (to > from) typed.push({ forward: Buffer.from(bytes.subarray(from, to)) });
    };
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (this.#pending) {
        this.#pending = false;
        from = i + 1;
        if (byte === this.#prefix) {
          typed.push({ forward: Buffer.of(byte) });
          continue;
        }
        const character = String.fromCharCode(byte);
        const key = bindings.get(character);
        typed.push(key === undefined ? { unknown: character } : { key });
      } else if (byte === this.#prefix) {
        flush(i);
        from = i + 1;
        this.#pending = true;
      }
    }
    if (!this.#pending) flush(bytes.length);
    return typed;
  }
}
