/** Freshness in words. */
import { duration } from '../text/duration.ts';
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
