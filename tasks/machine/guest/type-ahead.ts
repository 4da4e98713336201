/**
 * What is typed before a shell reads. A terminal that nobody has taken yet
 * echoes it, and the shell's line editor echoes it again: it is kept, and
 * given to the shell once, when that reads. Pure.
 */

/** Ctrl-C and Ctrl-\: meant for what runs now, whatever it is. */
const interrupts = [0x03, 0x1c];

export class TypeAhead {
  #held: Buffer[] = [];

  /** Keeps it. What is to be passed on all the same: an interrupt, with what was typed before it, as a terminal has it. */
  hold(typed: Buffer): Buffer | undefined {
    this.#held.push(typed);
    return interrupts.some((byte) => typed.includes(byte)) ? this.take() : undefined;
  }

  /** What was kept; nothing is kept any more. */
  take(): Buffer | undefined {
    if (this.#held.length === 0) return undefined;
    const all = Buffer.concat(this.#held);
    this.#held = [];
    return all;
  }
}
