/** The way from objects to vmlinux: the archives by their saved commands, then the kernel's own link. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from '../../text/values.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { BuildIndex, IndexEntry } from '../inputs/index-model.ts';
import type { LinkForm } from './link-form.ts';
import { parseStep } from '../make/output.ts';
import { savedCommand } from './facts.ts';

interface LinkRequest {
  readonly index: BuildIndex;
  readonly archives: readonly IndexEntry[];
  readonly form: LinkForm;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: string;
  /** Locked, shared, by all that is started. */
  readonly busyFile: string;
  readonly signal: AbortSignal;
  step(verb: string, target: string): void;
}

interface Linked {
  readonly status: number | string;
  readonly errors: readonly string[];
}

/** The shell's part; `undefined` where a saved command cannot be read. */
export function linkScript(request: Pick<LinkRequest, 'index' | 'archives' | 'form'>): string | undefined {
  const { tree } = request.index;
  const lines = ['set -e'];
  for (const entry of request.archives) {
    const command = savedCommand(entry.path);
    if (command === undefined) return undefined;
    // The `.cmd` file is written after the command has run: its time is the proof that it has.
    lines.push(`echo '  ${/^\s*rm /.test(command) ? 'AR' : 'LD'}      '${shellQuote((request.index.files[entry.target] ?? '').slice(tree.build.length + 1))}`, command, `touch ${shellQuote(entry.path)}`);
  }
  if (request.form === 'makefiles') {
    for (const name of ['vmlinux_o', 'modpost', 'vmlinux']) lines.push(`"$MAKE" -f "$srctree/scripts/Makefile.${name}"`);
  } else {
    const command = savedCommand(join(tree.build, '.vmlinux.cmd'));
    if (command === undefined) return undefined;
    lines.push(command, 'touch .vmlinux.cmd');
  }
  return lines.join('\n');
}

export async function link(request: LinkRequest, processes: Pick<Processes, 'run'>): Promise<Result<Linked> | undefined> {
  const script = linkScript(request);
  if (script === undefined) return undefined;
  const { tree } = request.index;
  const errors: string[] = [];
  const ended = await processes.run({
    argv: ['flock', '--shared', '--no-fork', request.busyFile, 'sh', '-c', script],
    cwd: tree.build,
    env: request.env,
    log: request.log,
    signal: request.signal,
    onLine: (line, stream) => {
      if (stream === 'stderr') errors.push(line);
      const step = stream === 'stdout' ? parseStep(line) : undefined;
      if (step !== undefined) request.step(step.verb, step.target);
    },
  });
  if (isFailure(ended) || ended.status !== 0) {
    // Nothing of a link that was cut off may count as made.
    for (const name of ['vmlinux', 'vmlinux.o']) rmSync(join(tree.build, name), { force: true });
    for (const entry of request.archives) rmSync(request.index.files[entry.target] ?? '', { force: true });
  }
  return isFailure(ended) ? ended : { status: ended.status, errors };
}
