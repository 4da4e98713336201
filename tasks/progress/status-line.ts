/** A line on a terminal that is replaced by the next one, and goes away. */
import { isBackground } from '../host/tty.ts';

/** Shows a text, '' for none; `undefined` where lines cannot be replaced. */
export function statusLine(stderr: NodeJS.WriteStream): ((text: string) => void) | undefined {
  if (!stderr.isTTY || process.env['TERM'] === 'dumb') return undefined;
  return (text) => {
    // In the background the line is the shell's prompt.
    if (isBackground()) return;
    // Cut: a line that wraps cannot be taken back.
    stderr.write(`\r\x1b[K${text.slice(0, Math.max(0, (stderr.columns || 80) - 1))}`);
  };
}
