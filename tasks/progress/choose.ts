/** Shows a run: by listr2 on a terminal, as plain lines elsewhere, or not at all. Everything goes to stderr. */
import type { RunEvent } from '../graph/event.ts';
import { plainReporter } from './plain.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';

export function makeReporter(options: ReporterOptions): Reporter {
  if (options.quiet) return { emit: () => undefined, end: () => Promise.resolve() };
  if (!options.stderr.isTTY || options.sharesTerminal === true || process.env['TERM'] === 'dumb') return plainReporter(options);
  return lateReporter(options);
}

/**
 * On a terminal. listr2 is loaded when the first recipe starts: a run in which
 * all is fresh shows nothing and must not wait for it. Events that come while
 * it loads are kept in order.
 */
function lateReporter(options: ReporterOptions): Reporter {
  let loading: Promise<Reporter> | undefined;
  let loaded: Reporter | undefined;
  const early: RunEvent[] = [];
  const load = async () => {
    const { listReporter } = await import('./list.ts');
    loaded = listReporter(options);
    for (const event of early) loaded.emit(event);
    return loaded;
  };
  return {
    emit(event) {
      if (loaded !== undefined) return loaded.emit(event);
      early.push(event);
      if (event.kind === 'started' || event.kind === 'waiting') loading ??= load();
    },
    async end() {
      await (await loading)?.end();
    },
  };
}
