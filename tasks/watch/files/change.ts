/** What a save means to the loop. Pure. */

/**
 * What a changed path watched:
 * - `source`: a file that this kernel is made from, a Makefile or Kconfig of its directories;
 *   one that the tests are built from;
 * - `config`: `.config`, kernel.config, a fragment;
 * - `settings`: `.env`;
 * - `command`: the command's own script, or what `--also` names: no build is needed;
 * - `perhaps`: a file that came or went in one of the kernel's directories: only
 *   the graph can tell, so it is asked, and a build under way is let be.
 */
export type ChangeKind = 'source' | 'config' | 'settings' | 'command' | 'perhaps';

export interface WatchedChange {
  readonly path: string;
  readonly kind: ChangeKind;
}

/** Whether a build that runs now can no longer give what the person wants. */
export function outdatesBuild(change: WatchedChange): boolean {
  return change.kind === 'source' || change.kind === 'config' || change.kind === 'settings';
}

/** Changes in the order in which they came, each path once, by its most telling kind. */
export function mergeChanges(before: readonly WatchedChange[], more: readonly WatchedChange[]): WatchedChange[] {
  const merged = new Map<string, WatchedChange>();
  for (const change of [...before, ...more]) {
    const known = merged.get(change.path);
    if (known === undefined || known.kind === 'perhaps') merged.set(change.path, change);
  }
  return [...merged.values()];
}
