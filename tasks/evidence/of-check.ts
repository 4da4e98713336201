/** What went wrong in a run of tests: one for all that did not pass. */
import { basename } from 'node:path';
import { countsOf, type Outcome } from '../checks/outcome.ts';
import type { Where } from '../checks/run/run.ts';
import { detailLines, outcomeLine } from '../checks/run/words.ts';
import type { Splat } from '../console/splat.ts';
import { splatsOfLost } from '../machine/lost-vm.ts';
import type { Failure } from '../report/failure.ts';
import { interruption } from '../report/interrupted.ts';
import { cutFile, mostConsoles } from './gather/consoles.ts';
import type { Incident, Output } from './incident.ts';
import { isLostVm, toldOf } from './lost.ts';

/** Of a test's output. Bytes. */
const kept = { head: 16 << 10, tail: 48 << 10 } as const;
/** Of so many tests at most, and of so many the names. */
const most = { outputs: 16, names: 3 } as const;

type Found = Pick<Incident, 'what' | 'told' | 'splats' | 'outputs' | 'consoles'>;

/** Reads the consoles of tests that fail as they do: a run may boot often, and only the newest are kept. */
export class FailedTests {
  readonly #outcomes: Outcome[] = [];
  #tests = 0;
  readonly #splats: Splat[] = [];
  readonly #consoles = new Map<string, Incident['consoles'][number]>();

  ended(outcome: Outcome, { console, splats }: Where): void {
    this.#tests++;
    if (outcome.verdict === 'passed' || outcome.verdict === 'skipped') return;
    this.#outcomes.push(outcome);
    this.#splats.push(...splats);
    // One that was not run has none.
    if (console === '') return;
    const text = this.#consoles.has(console) || this.#consoles.size < mostConsoles ? cutFile(console) : undefined;
    this.#consoles.set(console, { path: console, ...(text === undefined ? {} : { text }) });
  }

  /**
   * @param ended by what the run ended before its end
   * @returns `undefined` where nothing went wrong, or a person ended it
   */
  found(ended: Failure | undefined): Found | undefined {
    if (ended !== undefined && isLostVm(ended)) {
      const { log } = ended.words;
      return { ...this.#failed(), ...toldOf(ended), splats: [...this.#splats, ...splatsOfLost(ended)], consoles: [...(log === undefined ? [] : [{ path: log }]), ...this.#consoles.values()] };
    }
    return this.#outcomes.length === 0 || interruption.is(ended, 'interrupted') ? undefined : this.#failed();
  }

  #failed(): Found {
    const outcomes = this.#outcomes;
    const names = [...new Set(outcomes.map(({ id }) => id))];
    const more = names.length - most.names;
    return {
      what: `${countsOf(outcomes).failed} of ${this.#tests} ${this.#tests === 1 ? 'test' : 'tests'} failed: ${names.slice(0, most.names).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      told: outcomes.flatMap((outcome) => [outcomeLine(outcome), ...detailLines(outcome)]),
      splats: this.#splats,
      outputs: outcomes.slice(0, most.outputs).flatMap(outputOf),
      consoles: [...this.#consoles.values()],
    };
  }
}

function outputOf({ id, log }: Outcome): Output[] {
  const text = log === undefined || id === 'boot' ? undefined : cutFile(log, kept);
  // KUnit's suites share a file.
  return log === undefined || text === undefined ? [] : [{ name: `output-${basename(log)}`, of: id.startsWith('kunit:') ? 'KUnit' : id, text }];
}
