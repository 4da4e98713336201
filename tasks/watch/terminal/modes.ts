/**
 * What a guest's program has switched on in the terminal, and how to switch
 * it off when its VM goes without having done so: an editor's other screen, a
 * mouse that reports, a hidden cursor. Pure.
 */

/** Private modes of xterm's control sequences that outlive a program, with what each is by default. */
const watched: ReadonlyMap<number, 'on' | 'off'> = new Map([
  [1, 'off'], // cursor keys send other sequences
  [7, 'on'], // lines wrap
  [9, 'off'], [1000, 'off'], [1002, 'off'], [1003, 'off'], [1004, 'off'], [1005, 'off'], [1006, 'off'], [1015, 'off'], // the mouse, the focus
  [25, 'on'], // the cursor is shown
  [47, 'off'], [1047, 'off'], [1049, 'off'], // the other screen
  [2004, 'off'], // pasted text is bracketed
]);

const otherScreen = [47, 1047, 1049];
const sequence = /\x1b\[\?([\d;]*)([hl])|\x1b([=>c])|\x1b\[!p/g;

/** Reads what goes to the terminal and keeps what differs from the default. */
export class TerminalModes {
  readonly #changed = new Set<number>();
  #keypad = false;
  #rest = '';

  push(bytes: Uint8Array): void {
    const text = this.#rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    for (const match of text.matchAll(sequence)) {
      const [whole, numbers, switched, single] = match;
      if (switched !== undefined) {
        for (const number of (numbers ?? '').split(';').map(Number)) this.#set(number, switched === 'h' ? 'on' : 'off');
      } else if (single === '=') this.#keypad = true;
      else if (single === '>') this.#keypad = false;
      else if (whole === '\x1bc') this.#changed.clear();
    }
    // A sequence may be cut by the end of a read.
    this.#rest = /\x1b(?:\[[?!]?[\d;]*)?$/.exec(text.slice(-32))?.[0] ?? '';
  }

  #set(number: number, now: 'on' | 'off'): void {
    const usual = watched.get(number);
    if (usual === undefined) return;
    if (usual === now) this.#changed.delete(number);
    else this.#changed.add(number);
  }

  /** Whether a full-screen program has the terminal: text written now would be lost in it. */
  get fullScreen(): boolean {
    return otherScreen.some((number) => this.#changed.has(number));
  }

  /** What puts the terminal back; forgets what was on. */
  reset(): string {
    const off = [...this.#changed].map((number) => `\x1b[?${number}${watched.get(number) === 'on' ? 'h' : 'l'}`);
    const keypad = this.#keypad ? '\x1b>' : '';
    this.#changed.clear();
    this.#keypad = false;
    this.#rest = '';
    // The text's colour is back to normal in any case: it cannot be told from what was written last.
    return `${off.join('')}${keypad}\x1b[0m`;
  }
}
