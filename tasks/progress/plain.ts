/** Progress as plain lines: for CI, a pipe, a terminal that cannot move its cursor. */
import type { RunEvent } from '../graph/event.ts';
import { explain } from '../graph/explain.ts';
import { duration } from '../text/duration.ts';
import { progressWords, type Reporter, type ReporterOptions } from './reporter.ts';

/** A line of progress at most so often, in ms: a log is read afterwards. */
const everyMs = 10_000;

export function plainReporter({ stderr, short, asTyped }: ReporterOptions): Reporter {
  const lastShown = new Map<string, number>();
  const line = (text: string) => stderr.write(asTyped(`kloop: ${text}\n`));

  return {
    emit(event: RunEvent) {
      switch (event.kind) {
        case 'planned':
        case 'skipped': return;
        case 'waiting': return void line(`${event.target}: waiting for ${event.holder}`);
        case 'started':
          lastShown.set(event.target, performance.now());
          return void line(`${event.target}: ${event.title}${event.reason === undefined ? '' : `: ${explain(event.reason, short)}`}`);
        case 'progress': {
          const now = performance.now();
          if (now - (lastShown.get(event.target) ?? 0) < everyMs) return;
          lastShown.set(event.target, now);
          return void line(`${event.target}: ${progressWords(event.progress)}`);
        }
        case 'said': return void line(`${event.target}: ${event.line}`);
        case 'finished': return void line(`${event.target}: done in ${duration(event.elapsedMs)}${event.note === undefined ? '' : ` (${event.note})`}`);
        case 'failed': return void line(`${event.target}: failed after ${duration(event.elapsedMs)}`);
      }
    },
    end: () => Promise.resolve(),
  };
}
