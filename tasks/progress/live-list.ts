/** A live list on a terminal, by listr2: rows whose texts change while they run. */
import { Listr, ListrLogger, ProcessOutput, type DefaultRenderer, type ListrTaskWrapper, type SimpleRenderer } from 'listr2';

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

export interface LiveRow {
  /** `output`: the line below the title; empty: none. */
  show(title: string, output: string): void;
  finish(): void;
  fail(): void;
}

export interface LiveList {
  readonly rows: readonly LiveRow[];
  /** Rows that were never ended are; resolves when the list stands still. */
  end(): Promise<void>;
}

/** A row's texts are kept here until listr2 hands over its wrapper, and set there from then on. */
interface Kept extends LiveRow {
  readonly first: string;
  readonly settled: Promise<void>;
  begin(wrapper: Wrapper): void;
}

function makeRow(first: string): Kept {
  let wrapper: Wrapper | undefined;
  let texts = { title: first, output: '' };
  let finish = () => {};
  let fail = () => {};
  const settled = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = () => reject(new Error(first));
  });
  settled.catch(() => undefined); // a row may fail before listr2 waits for it
  const refresh = () => {
    if (wrapper === undefined) return;
    wrapper.title = texts.title;
    wrapper.output = texts.output;
  };
  return {
    first,
    settled,
    finish,
    fail,
    show(title, output) {
      texts = { title, output };
      refresh();
    },
    begin(given) {
      wrapper = given;
      refresh();
    },
  };
}

export function liveList(titles: readonly string[], stderr: NodeJS.WriteStream): LiveList {
  const rows = titles.map(makeRow);
  const list = new Listr(
    rows.map((row) => ({
      title: row.first,
      task: async (_: unknown, wrapper: Wrapper) => {
        row.begin(wrapper);
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
  const running = list.run();
  return {
    rows,
    async end() {
      for (const row of rows) row.finish();
      await running;
    },
  };
}
