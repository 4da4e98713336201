/** Shows tests while they run: a live list on a terminal, a line for each elsewhere. */
import { countsOf, type Outcome } from '../outcome.ts';
import { detailLines, outcomeLine } from './words.ts';
import type { RunEvents } from './run.ts';
import type { LiveRow } from '../../progress/live-list.ts';

interface Show extends RunEvents {
  /** What is written afterwards stands below it. */
  end(): Promise<void>;
}

interface ShowOptions {
  readonly quiet: boolean;
  readonly stderr: NodeJS.WriteStream;
  /** A line of kloop's own. */
  readonly say: (line: string) => void;
  /** The console is on stderr as well: a list would be written over. */
  readonly plain: boolean;
}

export async function showRun(options: ShowOptions): Promise<Show> {
  const { stderr } = options;
  if (options.quiet || options.plain || !stderr.isTTY || process.env['TERM'] === 'dumb') return plainShow(options);
  const { liveList } = await import('../../progress/live-list.ts');
  const list = liveList(['tests'], stderr);
  return liveShow(list.rows[0], () => list.end(), options);
}

function plainShow({ say }: ShowOptions): Show {
  return {
    started: () => undefined,
    printed: () => undefined,
    ended: (outcome) => { for (const line of [outcomeLine(outcome), ...detailLines(outcome)]) say(line); },
    end: () => Promise.resolve(),
  };
}

/** One row: the counts and the running tests; below, the last line of what was printed last. What failed is told at once, below these. */
function liveShow(row: LiveRow | undefined, endList: () => Promise<void>, { say }: ShowOptions): Show {
  const outcomes: Outcome[] = [];
  const running = new Map<number, { readonly id: string; readonly began: number }>();
  let printed = '';
  const show = () => {
    const failing = outcomes.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped').map((outcome) => `✖ ${outcomeLine(outcome)}`);
    const now = performance.now();
    const rows = [...running.values()].map(({ id, began }) => `${id === 'boot' ? 'a VM boots' : `running ${id}`} … ${Math.floor((now - began) / 1000)} s`);
    // One stands beside the counts, several have a line each.
    row?.show([...(rows.length === 1 ? [`${countWords(outcomes)}; ${rows[0] ?? ''}`] : [countWords(outcomes), ...rows]), ...failing].join('\n'), printed);
  };
  const timer = setInterval(show, 1000);
  return {
    started(id, vm) {
      running.set(vm, { id, began: performance.now() });
      printed = '';
      show();
    },
    printed(line) {
      printed = line;
      show();
    },
    ended(outcome, { vm }) {
      running.delete(vm);
      outcomes.push(outcome);
      show();
    },
    async end() {
      clearInterval(timer);
      const { passed, failed, skipped } = countsOf(outcomes);
      row?.show(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`, '');
      if (failed > 0) row?.fail();
      else row?.finish();
      await endList();
      for (const outcome of outcomes) for (const line of [outcomeLine(outcome), ...detailLines(outcome)]) say(line);
    },
  };
}

function countWords(outcomes: readonly Outcome[]): string {
  const { passed, failed, skipped } = countsOf(outcomes);
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
