/** Progress as a live list: a row for each target of the run. */
import type { RunEvent } from '../graph/event.ts';
import { explain } from '../graph/explain.ts';
import { duration } from '../text/duration.ts';
import { liveList, type LiveList, type LiveRow } from './live-list.ts';
import { progressWords, type Reporter, type ReporterOptions } from './reporter.ts';

interface Row {
  readonly live: LiveRow;
  title: string;
  output: string;
}

export function listReporter({ stderr, short, asTyped }: ReporterOptions): Reporter {
  const rows = new Map<string, Row>();
  const said: string[] = [];
  let list: LiveList | undefined;

  return {
    emit(event) {
      if (event.kind === 'planned') {
        const titles = event.targets.map(({ target, title }) => `${target}: ${title}`);
        list = liveList(titles, stderr);
        list.rows.forEach((live, i) => rows.set(event.targets[i]?.target ?? '', { live, title: titles[i] ?? '', output: '' }));
        return;
      }
      const row = rows.get(event.target);
      if (row === undefined) return;
      apply(row, event, short);
      if (event.kind === 'said') said.push(`kloop: ${event.target}: ${event.line}\n`);
      row.live.show(asTyped(row.title), asTyped(row.output));
      if (event.kind === 'finished' || event.kind === 'skipped') row.live.finish();
      if (event.kind === 'failed') row.live.fail();
    },
    async end() {
      // Rows of targets that never ran end as well: an earlier one failed, or the run was interrupted.
      await list?.end();
      // A row shows its last line only; these are to stay.
      for (const line of said) stderr.write(asTyped(line));
    },
  };
}

function apply(row: Row, event: Exclude<RunEvent, { kind: 'planned' }>, short: (path: string) => string): void {
  const note = 'note' in event && event.note !== undefined ? ` (${event.note})` : '';
  const name = `${event.target}: ${event.title}`;
  switch (event.kind) {
    case 'skipped':
      row.title = `${name}: up to date${note}`;
      return;
    case 'waiting':
      row.output = `waiting for ${event.holder}`;
      return;
    case 'started':
      row.title = event.reason === undefined ? name : `${name}: ${explain(event.reason, short)}`;
      row.output = '';
      return;
    case 'progress':
      row.output = progressWords(event.progress);
      return;
    case 'said':
      row.output = event.line;
      return;
    case 'finished':
      row.title = `${name}: ${duration(event.elapsedMs)}${note}`;
      row.output = '';
      return;
    case 'failed':
      row.title = `${name}: failed after ${duration(event.elapsedMs)}`;
      row.output = '';
  }
}
