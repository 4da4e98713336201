/** Progress as a live list, by listr2: a row for each target of the run. */
import { Listr, ListrLogger, ProcessOutput, type DefaultRenderer, type ListrTaskWrapper, type SimpleRenderer } from 'listr2';
import type { RunEvent } from '../graph/event.ts';
import { duration, explain } from '../graph/explain.ts';
import { progressWords } from './plain.ts';
import type { Reporter, ReporterOptions } from './progress.ts';

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

/** One row. Its texts are kept here until listr2 hands over the row's wrapper, and set there from then on. */
interface Row {
  title: string;
  output: string;
  wrapper: Wrapper | undefined;
  readonly settled: Promise<void>;
  finish(): void;
  fail(): void;
}

function makeRow(title: string): Row {
  let finish = () => {};
  let fail = () => {};
  const settled = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = () => reject(new Error(title));
  });
  settled.catch(() => undefined); // a row may fail before listr2 waits for it
  return { title, output: '', wrapper: undefined, settled, finish, fail };
}

function show(row: Row): void {
  if (row.wrapper === undefined) return;
  row.wrapper.title = row.title;
  row.wrapper.output = row.output;
}

export function listReporter({ stderr, short }: ReporterOptions): Reporter {
  const rows = new Map<string, Row>();
  const said: string[] = [];
  let running: Promise<unknown> | undefined;

  const begin = (targets: readonly { target: string; title: string }[]) => {
    for (const { target, title } of targets) rows.set(target, makeRow(`${target}: ${title}`));
    const list = new Listr(
      [...rows.values()].map((row) => ({
        title: row.title,
        task: async (_: unknown, wrapper: Wrapper) => {
          row.wrapper = wrapper;
          show(row);
          await row.settled;
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        forceTTY: true,
        // listr2 9 leaves with status 127 on SIGINT before anything is cleaned up.
        registerSignalListeners: false,
        rendererOptions: {
          logger: new ListrLogger({ processOutput: new ProcessOutput(stderr, stderr) }),
          showErrorMessage: false,
          formatOutput: 'truncate',
        },
      },
    );
    running = list.run();
  };

  return {
    emit(event) {
      if (event.kind === 'planned') return begin(event.targets);
      const row = rows.get(event.target);
      if (row === undefined) return;
      apply(row, event, short);
      if (event.kind === 'said') said.push(`kloop: ${event.target}: ${event.line}\n`);
      show(row);
      if (event.kind === 'finished' || event.kind === 'skipped') row.finish();
      if (event.kind === 'failed') row.fail();
    },
    async end() {
      // Rows that never had their turn: an earlier one failed, or the run was interrupted.
      for (const row of rows.values()) row.finish();
      await running;
      // A row shows its last line only; these are to stay.
      for (const line of said) stderr.write(line);
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
