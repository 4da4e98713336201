/** A line of the console, as printk writes it. Pure. */

export interface ConsoleLine {
  readonly text: string;
  /** Seconds since the kernel began (PRINTK_TIME). */
  readonly time?: number;
  /** Who printed it: `T12`, a task; `C3`, a processor in an interrupt (PRINTK_CALLER). */
  readonly caller?: string;
}

const colour = /\x1b(?:\[[0-9;?]*[A-Za-z]|[c78])/g;

/** Colour codes and carriage returns taken out. */
export function plainText(text: string): string {
  const uncoloured = text.includes('\x1b') ? text.replaceAll(colour, '') : text;
  return uncoloured.includes('\r') ? uncoloured.replaceAll('\r', '') : uncoloured;
}

/** Colour codes and carriage returns taken out. */
export function consoleLines(text: string): string[] {
  const lines = plainText(text).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

// printk's own form: "[%5lu.%06lu]", then "[%6s]" for the caller, then a space
// (print_time and print_caller, kernel/printk/printk.c, 3.14 to 6.18). "<4>"
// is what a program reads that asks for levels.
const prefix = /^(?:<\d+>)?\[ *(\d+\.\d+)\](?:\[ *([TC]\d+)\])? ?/;
const inMiddle = /\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? /;
const callerAlone = /^\[ *([TC]\d+)\] /;

/** One line of plain text. Two, where the kernel spoke after something that did not end its line. */
export function parseLine(line: string): ConsoleLine[] {
  const match = prefix.exec(line);
  if (match !== null) {
    const [all, time, caller] = match;
    return [{ text: line.slice(all.length), time: Number(time), ...(caller === undefined ? {} : { caller }) }];
  }
  if (!line.includes('[')) return [{ text: line }];
  const alone = callerAlone.exec(line);
  if (alone !== null) return [{ text: line.slice(alone[0].length), caller: alone[1] ?? '' }];
  const middle = line.includes('.') ? line.search(inMiddle) : -1;
  return middle < 1 ? [{ text: line }] : [{ text: line.slice(0, middle) }, ...parseLine(line.slice(middle))];
}
