/** What is shown of several variants that run the same command: whose each line is, and how they ended. Pure. */
import { WholeLines } from '../host/processes/lines.ts';
import { duration } from '../text/duration.ts';
import { inColumns } from '../text/table.ts';

/** How a command's run in a VM ended. */
export interface RunResult {
  readonly status: number;
  /** What the status is that of. */
  readonly how: 'command' | 'failure' | 'not-run';
  /** How many reports of the kernel's are not expected. */
  readonly reports: number;
}

export interface VariantResult extends RunResult {
  readonly name: string;
  readonly tookMs: number;
}

/** A line for each, in columns. */
export function resultsTable(results: readonly VariantResult[]): string {
  return inColumns(results.map((result) => [result.name, wordsOf(result), duration(result.tookMs)])).map((line) => `kloop: ${line}\n`).join('');
}

export function wordsOf({ status, how, reports }: RunResult): string {
  const complaints = reports === 0 ? '' : `, the kernel complained${reports === 1 ? '' : ` ${reports} times`}`;
  if (how === 'not-run') return 'not run';
  if (how === 'command') return `status ${status}${complaints}`;
  return `${status === 255 ? 'the VM was lost' : status === 124 ? 'timed out' : 'failed'}${complaints}`;
}

/** Whole lines, each with its prefix, as soon as they are whole: those of several writers do not mix. */
export function linesOf(prefix: string, write: (text: string | Buffer) => void): WholeLines {
  return new WholeLines((lines) => {
    const parts: Buffer[] = [];
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(0x0a, at) + 1;
      parts.push(Buffer.from(prefix), lines.subarray(at, end));
      at = end;
    }
    write(Buffer.concat(parts));
  });
}
