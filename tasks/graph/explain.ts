/** Freshness in words. */
import type { StaleReason } from './target.ts';

/** Why a target is stale, in a few words; `short` shortens paths. */
export function explain(reason: StaleReason, short: (path: string) => string = (path) => path): string {
  switch (reason.kind) {
    case 'output-missing': return `${short(reason.path)} is missing`;
    case 'output-changed': return `${short(reason.path)} was changed by something other than kloop`;
    case 'never-built': return 'never made by kloop';
    case 'interrupted': return 'its last run was interrupted';
    case 'failed': return 'its last run failed';
    case 'recipe-changed': return 'its recipe changed';
    case 'input-newer': return `input newer: ${short(reason.path)}, by ${duration(reason.byMs)}`;
    case 'input-future': return `input dated ${duration(reason.aheadMs)} in the future, so it is rebuilt every time until then: touch ${short(reason.path)}`;
    case 'input-changed': return `input changed: ${short(reason.path)}`;
    case 'input-missing': return `input removed: ${short(reason.path)}`;
    case 'input-added': return `new file: ${short(reason.path)}`;
    case 'state': return reason.words;
  }
}

/** Ms as a person reads them: `12 ms`, `3.4 s`, `5 min 12 s`, `2 h 5 min`, `3 days`. */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} days`;
}
