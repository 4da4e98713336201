/** The guest kernel's console, read for how the VM ended. Pure. */
import type { ConsoleVerdict } from '../reasons.ts';

const panic = /Kernel panic - not syncing: (.*)/;
const oops = /(BUG: .*|Oops: .*|general protection fault.*|kernel BUG at .*|Unable to handle .*|stack segment: .*|double fault: .*|invalid opcode: .*)/;
const reset = /reboot: (.*)/;

/** Colour codes and carriage returns taken out. */
export function consoleLines(text: string): string[] {
  const lines = text.replaceAll(/\x1b(\[[0-9;?]*[A-Za-z]|[c78])/g, '').replaceAll('\r', '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * An oops comes before the panic that it ends in (oops=panic): the oops is the
 * cause, and named.
 */
export function judgeConsole(lines: readonly string[]): ConsoleVerdict {
  const find = (pattern: RegExp): string | undefined => {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match !== null) return match[1] ?? line;
    }
    return undefined;
  };
  const panicked = find(panic);
  const oopsed = find(oops);
  if (panicked !== undefined && (oopsed === undefined || !/Fatal exception/.test(panicked))) return { kind: 'panic', line: panicked };
  if (oopsed !== undefined) return { kind: 'oops', line: oopsed };
  if (panicked !== undefined) return { kind: 'panic', line: panicked };
  const was = find(reset);
  return was === undefined ? { kind: 'silent' } : { kind: 'reset', line: was };
}
