/** What an edit to vmlinux cannot do without: the compiler and the link. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newLog } from '../host/logs.ts';
import { cmdPathOf, parseCmdFile, shellCommand } from '../kernel/inputs/cmd-file.ts';
import type { BuildIndex } from '../kernel/inputs/index-model.ts';
import { loadIndex } from '../kernel/inputs/index-store.ts';
import { buildPlace } from '../kernel/inputs/place.ts';
import { decide, type Decision } from '../kernel/quick/decide.ts';
import { quickFacts } from '../kernel/quick/facts.ts';
import { link, linkScript } from '../kernel/quick/link.ts';
import type { LinkEnvironment } from '../kernel/quick/link-environment.ts';
import { formatFailure, isFailure } from '../report/failure.ts';
import type { Tools } from './tools.ts';

interface Floor {
  /** The compiler's saved command, and the link in make's order: shell code. */
  readonly compile: string;
  readonly link: string;
  readonly env: Record<string, string>;
  readonly index: BuildIndex;
  readonly decision: Extract<Decision, { kind: 'quick' }>;
}

/** The compiler and the link, and nothing else; or, in words, why there is none. */
export function floorOf({ context, tree }: Tools, source: string): Floor | string {
  const place = buildPlace(context.settings.stateDir, tree);
  const index = loadIndex(place.index, tree);
  if (index === undefined) return 'there is no index of the build';
  try {
    const { exported } = JSON.parse(readFileSync(place.environment, 'utf8')) as LinkEnvironment;
    const path = join(tree.source, source);
    const decision = decide([{ kind: 'edited', path, before: { mtimeMs: 0, size: 0 }, now: { mtimeMs: 1, size: 0 } }], index, quickFacts(index, exported, new Set([path])));
    if (decision.kind === 'make') return decision.why;
    const saved = parseCmdFile(readFileSync(join(tree.build, cmdPathOf(source.replace(/\.c$/, '.o'))), 'utf8'));
    const script = linkScript({ index, archives: decision.archives, form: decision.link, vmlinux: decision.vmlinux, hasModules: decision.modules.length > 0, jobs: 1 });
    if (typeof saved === 'string' || script === undefined) return 'a saved command cannot be read';
    return { compile: shellCommand(saved.command), link: script, env: exported, index, decision };
  } catch {
    return 'what the top makefile exports is not known';
  }
}

/** Both, as one. */
export const floorScript = (floor: Floor) => `set -e\n${floor.compile}\n${floor.link}`;

/** The quick build's link, without what comes before and after it. */
export async function linkHere({ context, tree }: Tools, { index, decision, env }: Floor): Promise<void> {
  const place = buildPlace(context.settings.stateDir, tree);
  const linked = await link({
    index, env, archives: decision.archives, form: decision.link, vmlinux: decision.vmlinux, hasModules: decision.modules.length > 0, plan: undefined, jobs: 1, config: decision.config,
    objects: decision.objects.map(({ entry }) => index.files[entry.target] ?? ''),
    scriptPath: place.linkScript, busyFile: place.busy, log: newLog(join(context.settings.stateDir, 'logs'), 'bench'), signal: context.signal, step: () => undefined,
  }, context.processes);
  if (linked === undefined) throw new Error('a saved command cannot be read');
  if (isFailure(linked)) throw new Error(formatFailure(linked));
  if (linked.status !== 0) throw new Error(['the link failed', ...linked.errors].join('\n'));
}
