/** What a call would change of the host, beside the tree and kloop's own directory: read from a plan, and told instead of done. Pure. */

/** A row of `kloop plan --json`, as far as it is read. */
export interface PlanRow {
  readonly target: string;
  readonly title: string;
  /** fresh, stale, after, unknowable */
  readonly freshness: string;
  /** Why it is stale, or cannot be judged. */
  readonly words?: string;
  /** What decides it. */
  readonly after?: readonly string[];
  readonly note?: string;
}

export interface HostChange {
  readonly target: string;
  readonly words: string;
  /** The command by which a person does it. */
  readonly fix: string;
}

/** The targets whose recipes act on the host: packages by its package manager, source by the network, bridge on its interfaces. */
const fixes: Readonly<Record<string, string>> = {
  packages: 'npm run packages -- --install',
  source: 'npm run source',
  bridge: 'npm run bridge',
};

/**
 * What cannot be judged is not among them: the run that follows stops there,
 * and tells why.
 *
 * @param ownKernel the kernel is named, and none is built: no source is needed
 */
export function hostChanges(rows: readonly PlanRow[], { ownKernel = false }: { readonly ownKernel?: boolean } = {}): HostChange[] {
  return rows.flatMap(({ target, freshness, words, after }) => {
    const fix = ownKernel && target === 'source' ? undefined : fixes[target];
    if (fix === undefined || (freshness !== 'stale' && freshness !== 'after')) return [];
    return [{ target, words: words ?? `decided after ${(after ?? []).join(', ')}`, fix }];
  });
}
