/** How a shadow run came out: from what the other kloop ended with and printed, in words and as data. Pure. */
import { duration } from '../../text/duration.ts';

/** A run of the loop, once more in the kernel of a variant. */
interface ShadowRun {
  readonly variant: string;
  /** The loop's run that it follows. */
  readonly run: number;
}

export interface Shadowed extends ShadowRun {
  /** `vm --json`'s words; of tests, which have their own, `passed`, `failed` or `not-run`. */
  readonly verdict: string;
  /** The other kloop's. */
  readonly exit: number;
  /** Why there is no status of the command's, or what the kernel complained of. */
  readonly words?: string;
  /** The directory that evidence is kept in. */
  readonly evidence?: string;
  readonly tookMs: number;
}

/** What `vm --json` prints, as far as it is read here. */
interface Printed {
  readonly verdict?: unknown;
  readonly words?: unknown;
  readonly evidence?: unknown;
  readonly splats?: readonly { readonly title?: unknown }[];
}

/** From this exit status on it is kloop's own, not a test's. */
const notRun = 125;

/** @param stdout all that it printed there */
export function shadowed(run: ShadowRun, { exit, stdout, tookMs }: { readonly exit: number; readonly stdout: string; readonly tookMs: number }): Shadowed {
  const printed = printedIn(stdout);
  const verdict = typeof printed?.verdict === 'string' ? printed.verdict : (exit === 0 ? 'passed' : exit >= notRun ? 'not-run' : 'failed');
  const splats = (printed?.splats ?? []).map(({ title }) => String(title));
  const words = [...(typeof printed?.words === 'string' ? [printed.words] : []), ...splats.slice(0, 1).map((title) => (splats.length === 1 ? title : `${title}, and ${splats.length - 1} more`))];
  return {
    ...run, verdict, exit, tookMs,
    ...(words.length === 0 ? {} : { words: words.join('; ') }),
    ...(typeof printed?.evidence === 'string' ? { evidence: printed.evidence } : {}),
  };
}

/** The line of `vm --json`, where it is one. */
function printedIn(stdout: string): Printed | undefined {
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === 'object' && value !== null && 'verdict' in value ? value : undefined;
  } catch {
    return undefined; // of tests; or it died before it came to it
  }
}

interface ShadowWording {
  readonly short: (path: string) => string;
  readonly colour: boolean;
  /** The file that holds what was printed. */
  readonly log: string | undefined;
}

/** One line, as the loop's own verdicts. */
export function shadowLine(shadow: Shadowed, { short, colour, log }: ShadowWording): string {
  const { variant, run, verdict, exit, words, evidence, tookMs } = shadow;
  const good = verdict === 'passed';
  const how = verdict === 'failed' ? `failed, status ${exit}` : verdict.replaceAll('-', ' ');
  const where = evidence !== undefined ? `; evidence: ${short(evidence)}` : log !== undefined ? `; its output: ${short(log)}` : '';
  const text = `${good ? '✓' : '✗'} run ${run}, ${variant}: ${how}${words === undefined ? '' : `: ${words}`}${good ? '' : where} · ${duration(tookMs)}`;
  return colour ? `\x1b[${good ? 32 : 31}m${text}\x1b[0m` : text;
}

/** A line for a program that reads `watch --json`. */
export function shadowJson({ variant, tookMs, ...shadow }: Shadowed, log: string | undefined): string {
  return JSON.stringify({ shadow: variant, ...shadow, ...(log === undefined ? {} : { log }), totalMs: Math.round(tookMs) });
}
