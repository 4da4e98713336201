/** Whether a line is half typed, by what went to the guest's shell. Pure. */

const ends = new Set(['\r', '\n', '\x03', '\x04', '\x15', '\x1a', '\x1c']);
const deletes = new Set(['\x7f', '\x08']);

/**
 * How many characters stand in the line after `bytes` were typed, where so
 * many did before. Roughly: what a line editor makes of its keys is not known
 * here, so that a line from its history counts as none.
 */
export function typedAfter(before: number, bytes: Uint8Array): number {
  let count = before;
  const text = Buffer.from(bytes).toString('utf8').replaceAll(/\x1b(?:[[O][0-9;<?]*[ -/]*[@-~]|.)?/gs, '');
  for (const character of text) {
    if (ends.has(character)) count = 0;
    else if (deletes.has(character)) count = Math.max(0, count - 1);
    else if (character >= ' ') count++;
  }
  return count;
}
