/**
 * The inputs that a quick build has read. They are looked at while it compiles, where a
 * processor is idle then, and not beside the link, which needs two: what is saved later
 * differs from what was seen, and is built the next time.
 */
import { tickMs } from '../../host/files.ts';
import { dependentsOf, type BuildIndex, type CmdStamp } from '../inputs/index-model.ts';
import { cmdDirs, findCmdFiles } from '../inputs/index-store.ts';
import { lookAtProducts, takeInputs, type EarlyProducts, type Inputs } from '../inputs/snapshot.ts';
import { changedAt } from './survey.ts';

interface ReadRequest {
  /** As the last build left it. */
  readonly before: BuildIndex;
  /** In ms by the file system's clock. */
  readonly startedMs: number;
  readonly made: ReadonlySet<string>;
  readonly configBefore: string | undefined;
}

/** What is known before the compiler has ended. */
export interface Ahead {
  readonly inputs: Inputs;
  /** As they were then. */
  readonly stamps: readonly CmdStamp[];
  readonly products: EarlyProducts;
}

/** Looks at all that a build needs to have looked at by its end, beside its compiler. `isOpen`: what it is yet to make, or may. */
export async function lookAhead(request: ReadRequest, isOpen: (path: string) => boolean): Promise<Ahead> {
  const { before } = request;
  const inputs = await lookAt(request, before);
  const products = await lookAtProducts(before, 'vmlinux', isOpen);
  return { inputs, products, stamps: findCmdFiles(before.tree, cmdDirs(before)) };
}

/**
 * @param early what was read ahead, where that still holds
 * @param now the index after the compiler has run; `startedAt`: when each object's compiler was started, in ms
 */
export async function readInputs(request: ReadRequest, early: Inputs | undefined, { now, startedAt }: { now: BuildIndex; startedAt: ReadonlyMap<string, number> }): Promise<Inputs> {
  const inputs = early ?? await lookAt(request, now);
  // Compiling starts after a file's last change by more than a tick, or it is not known which came first.
  const readLater = (path: string) => dependentsOf(now, new Set([path])).every((entry) => (startedAt.get(now.files[entry.target] ?? '') ?? 0) > changedAt(path) + tickMs);
  return { ...inputs, unsure: new Set([...inputs.unsure].filter((path) => !readLater(path))) };
}

function lookAt({ startedMs, made, configBefore }: ReadRequest, index: BuildIndex): Promise<Inputs> {
  return takeInputs({ index, scope: 'vmlinux', startedMs, made, configBefore });
}

/** Whether two indexes of a build name the same files for each target: what has changed is when they were made. Pure. */
export function readsTheSame(before: BuildIndex, now: BuildIndex): boolean {
  if (before.files.length !== now.files.length || before.entries.length !== now.entries.length) return false;
  return before.entries.every((entry, i) => {
    const other = now.entries[i];
    if (other === entry) return true;
    return other !== undefined && other.path === entry.path && other.target === entry.target && other.source === entry.source && other.broken === entry.broken
      && other.deps.length === entry.deps.length && entry.deps.every((dep, j) => other.deps[j] === dep);
  });
}
