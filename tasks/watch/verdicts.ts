/** Tells the runs' verdicts in their order: one with reports of the kernel's when their frames have their source lines. Evidence is kept when it is told. */
import { titlesInShort } from '../console/words.ts';
import type { Decoded } from '../console/annotate.ts';
import type { Decoder } from '../decode/decoder.ts';
import type { Incident } from '../evidence/incident.ts';
import { incidentOf, type Scene } from './keep-evidence.ts';
import type { Report } from './report.ts';
import { placesIn, splatsIn, type Concluded } from './run.ts';

interface VerdictsOptions {
  readonly report: Pick<Report, 'verdict'>;
  readonly decode: Decoder;
  /** A line at once, before the lines are found. */
  readonly note: (line: string) => void;
  /** Keeps evidence. */
  readonly keep: (incident: Incident, signal: AbortSignal) => Promise<void>;
}

export class Verdicts {
  readonly #options: VerdictsOptions;
  readonly #ending = new AbortController();
  #waiting = 0;
  #told: Promise<void> = Promise.resolve();
  #kept: Promise<void> = Promise.resolve();

  constructor(options: VerdictsOptions) {
    this.#options = options;
  }

  /** @param scene where it went wrong; `undefined` for a run that leaves no evidence */
  tell(concluded: Concluded, scene: Scene | undefined): void {
    const { report, decode, note } = this.#options;
    const splats = splatsIn(concluded.verdict);
    const places = placesIn(concluded.verdict);
    const tell = (decoded?: Decoded) => {
      report.verdict(concluded, decoded);
      if (scene !== undefined) this.#keep(incidentOf(concluded, decoded ?? new Map(), scene));
    };
    if (places.length === 0 && this.#waiting === 0) return tell();
    if (splats.length > 0) note(`run ${concluded.run.number}: the kernel complained: ${titlesInShort(splats)}`);
    this.#waiting++;
    this.#told = this.#told.then(async () => {
      const decoded = places.length === 0 || scene === undefined ? undefined : await decode(places, scene.booted, this.#ending.signal);
      this.#waiting--;
      tell(decoded);
    });
  }

  /** Resolves when all are told and kept; those that wait do not wait for source lines, nor for what is still being gathered. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#told;
    await this.#kept;
  }

  /** One after the other, and no verdict waits for it. */
  #keep(incident: Incident): void {
    this.#kept = this.#kept.then(() => this.#options.keep(incident, this.#ending.signal));
  }
}
