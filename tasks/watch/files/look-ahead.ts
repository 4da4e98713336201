/**
 * While a save settles, what its build will look at is looked at already: some 6,000 files.
 *
 * A change that comes meanwhile begins the look anew, as it begins the settling
 * anew. One that is heard of only later differs from what was seen, or is newer
 * than when the look began, and is built then.
 */
import { setImmediate } from 'node:timers/promises';
import type { Look } from '../../host/files.ts';

/** After so many files events have their turn. */
const atOnce = 64;

export class LookAhead<Moment extends { readonly look: Look }> {
  #known: readonly (readonly string[])[] = [];
  #ahead: Moment | undefined;

  /** The paths that the next build will look at. */
  know(paths: readonly (readonly string[])[]): void {
    this.#known = paths;
  }

  begin(open: () => Moment): void {
    this.#ahead = undefined;
    if (this.#known.length > 0) void this.#look(this.#ahead = open());
  }

  /** What was looked at, once; what was not yet is asked of the disk. */
  take(): Moment | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead;
  }

  forget(): void {
    this.#ahead = undefined;
  }

  async #look(moment: Moment): Promise<void> {
    let looked = 0;
    for (const paths of this.#known) {
      for (const path of paths) {
        if (looked++ % atOnce === 0) await setImmediate();
        if (this.#ahead !== moment) return;
        moment.look(path, 'remember');
      }
    }
  }
}
