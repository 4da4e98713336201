/** What became of a run's saves, in words: what they are part of, and what that came to. Pure. */
import type { Parts } from './parts.ts';
import type { Run } from './run.ts';

/** So many modules are named, and so many files. */
const named = 3;
const shown = 8;

interface WhyRun {
  readonly run: Pick<Run, 'number' | 'changed' | 'swapped' | 'bootAt'>;
  /** Why it booted, where else modules would have been exchanged. */
  readonly booted: string | undefined;
  /** `undefined`: the last build has not read that file. */
  readonly partsOf: (path: string) => Parts | undefined;
  readonly short: (path: string) => string;
}

/** A heading, and a line for each file; nothing where nothing was saved for it. */
export function whyRun({ run, booted, partsOf, short }: WhyRun): string[] {
  const lines = run.changed.slice(0, shown).flatMap((path) => {
    const parts = partsOf(path);
    return parts === undefined ? [] : [`  ${short(path)}: ${partWords(parts, run)}`];
  });
  if (lines.length === 0) return [];
  const more = run.changed.length > shown ? [`  and ${run.changed.length - shown} more`] : [];
  return [`run ${run.number} was for:`, ...lines, ...more, ...(run.bootAt === undefined || booted === undefined ? [] : [`  it booted: ${booted}`])];
}

function partWords({ builtIn, modules }: Parts, { swapped }: WhyRun['run']): string {
  if (!builtIn && modules.length === 0) return 'part of nothing that was built last';
  const names = `${modules.slice(0, named).join(', ')}${modules.length > named ? ` and ${modules.length - named} more` : ''}`;
  const inModules = `${modules.length === 1 ? 'module' : 'modules'} ${names}`;
  if (builtIn) return modules.length === 0 ? 'built in' : `built in, and part of ${inModules}: the kernel is linked, and boots`;
  const absent = swapped === undefined ? [] : modules.filter((module) => !swapped.includes(module));
  if (swapped === undefined) return `part of ${inModules}`;
  if (absent.length === 0) return `part of ${inModules}, swapped in the VM that runs`;
  const rest = `${modules.length === 1 ? '' : `${absent.slice(0, named).join(', ')}${absent.length > named ? ` and ${absent.length - named} more` : ''}: `}not loaded, so the next modprobe gets what was built`;
  return `part of ${inModules}; ${rest}`;
}
