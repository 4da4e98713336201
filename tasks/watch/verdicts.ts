/** Tells the runs' verdicts in their order: one with reports of the kernel's when their frames have their source lines. */
import { titlesInShort } from '../console/words.ts';
import type { Decoder, Ran } from '../decode/decoder.ts';
import type { Report } from './report.ts';
import { splatsIn, type Concluded } from './run.ts';

export interface VerdictsOptions {
  readonly report: Pick<Report, 'verdict'>;
  readonly decode: Decoder;
  /** A line at once, before the lines are found. */
  readonly note: (line: string) => void;
}

export class Verdicts {
  readonly #options: VerdictsOptions;
  readonly #ending = new AbortController();
  #waiting = 0;
  #told: Promise<void> = Promise.resolve();

  constructor(options: VerdictsOptions) {
    this.#options = options;
  }

  /** @param ran the kernel that the run booted; `undefined` where it booted none */
  tell(concluded: Concluded, ran: Ran | undefined): void {
    const { report, decode, note } = this.#options;
    const splats = splatsIn(concluded.verdict);
    if (splats.length === 0 && this.#waiting === 0) return report.verdict(concluded);
    if (splats.length > 0) note(`run ${concluded.run.number}: the kernel complained: ${titlesInShort(splats)}`);
    this.#waiting++;
    this.#told = this.#told.then(async () => {
      const decoded = splats.length === 0 || ran === undefined ? undefined : await decode(splats, ran, this.#ending.signal);
      this.#waiting--;
      report.verdict(concluded, decoded);
    });
  }

  /** Resolves when all are told; those that wait do not wait for source lines. */
  end(): Promise<void> {
    this.#ending.abort();
    return this.#told;
  }
}
