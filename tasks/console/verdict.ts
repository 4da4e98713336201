/** The guest kernel's console, read for how the VM ended. Pure. */
import { parseLine } from './line.ts';
import { isConsequence } from './openers.ts';
import type { Splat } from './splat.ts';

/** What a console tells of its VM's end. */
export type ConsoleVerdict =
  | { readonly kind: 'panic'; readonly line: string }
  | { readonly kind: 'oops'; readonly line: string }
  | { readonly kind: 'reset'; readonly line: string }
  | { readonly kind: 'silent' };

const crashes: ReadonlySet<string> = new Set(['bug', 'oops', 'general-protection', 'list']);
const panicked = 'Kernel panic - not syncing: ';

/** A crash ends in a panic (oops=panic): the crash is the cause, and named. */
export function judgeConsole(lines: readonly string[], splats: readonly Splat[]): ConsoleVerdict {
  const texts = lines.flatMap((line) => parseLine(line)).map(({ text }) => text);
  const panic = texts.find((text) => text.startsWith(panicked))?.slice(panicked.length);
  const crash = splats.findLast((splat) => crashes.has(splat.kind) && splat.lines.some((text) => / \[#\d+\]/.test(text)))
    ?? splats.findLast((splat) => splat.kind === 'oops' || splat.kind === 'general-protection');
  if (panic !== undefined && (crash === undefined || !isConsequence(panic))) return { kind: 'panic', line: panic };
  if (crash !== undefined) return { kind: 'oops', line: crash.title };
  const reset = texts.find((text) => text.startsWith('reboot: '))?.slice('reboot: '.length);
  return reset === undefined ? { kind: 'silent' } : { kind: 'reset', line: reset };
}
