/** Shows tests while they run: a live list on a terminal, a line for each elsewhere. */
import { countsOf, type Outcome } from '../outcome.ts';
import { detailLines, outcomeLine } from './words.ts';
import type { RunEvents } from './run.ts';
import type { LiveRow } from '../../progress/live-list.ts';

export interface Show extends RunEvents {
  /** What is written afterwards stands below it. */
  end(): Promise<void>;
}

export interface ShowOptions {
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

/** One row: the running test and the counts; below, its last line. What failed is told at once, above the counts. */
function liveShow(row: LiveRow | undefined, endList: () => Promise<void>, { say }: ShowOptions): Show {
  const outcomes: Outcome[] = [];
  let running = 'boot';
  let began = performance.now();
  let printed = '';
  const show = () => {
    const { passed, failed, skipped } = countsOf(outcomes);
    const failing = outcomes.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped').map(outcomeLine);
    const seconds = Math.floor((performance.now() - began) / 1000);
    const counts = `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
    row?.show([`${counts}; running ${running} … ${seconds} s`, ...failing.map((line) => `✖ ${line}`)].join('\n'), printed);
  };
  const timer = setInterval(show, 1000);
  return {
    started(id) {
      running = id === 'boot' ? 'the VM boots' : id;
      began = performance.now();
      printed = '';
      show();
    },
    printed(line) {
      printed = line;
      show();
    },
    ended(outcome) {
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
