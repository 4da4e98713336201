/** Does by make what a quick build has done, and compares: the proof that both come to the same. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { countBack } from './build-number.ts';
import { differences } from './elf-compare.ts';
import type { BuildRequest } from './make.ts';
import { builtModules } from '../modules/view.ts';
import { parseStep } from '../make/output.ts';
import { removeMade } from './repair.ts';
import { makeCommand, makeEnvironment, runMake } from '../make/run.ts';
import { makeFailure } from '../make/reasons.ts';

/** What make compiles, by a step's name. */
const compiles = new Set(['CC', 'AS', 'HOSTCC', 'LDS', 'CPP', 'HOSTLD']);

/**
 * Runs make: as it is, when it must find nothing to compile but what it
 * compiles each time; and after the objects that were compiled are gone, when it
 * must come to the same vmlinux.
 *
 * @param objects what the quick build compiled: absolute paths
 * @returns a line for the person; or `verify-compiles`, `verify-differs`
 */
export async function verifyByMake(request: BuildRequest, objects: readonly string[], processes: Pick<Processes, 'run'>): Promise<Result<string>> {
  const vmlinux = join(request.tree.build, request.output);
  const quick = `${request.place.index}.vmlinux`;
  try {
    copyFileSync(vmlinux, quick);
    const modules = digestsOf(request);
    const compiled = await compiledByMake(request, processes);
    if (isFailure(compiled)) return compiled;
    // What it compiles a second time it compiles each time: of a file dated in the future, or by its own habit (3.14: the real mode's code).
    const again = compiled.length === 0 ? [] : await compiledByMake(request, processes);
    if (isFailure(again)) return again;
    const unexpected = compiled.filter((target) => !again.includes(target));
    if (unexpected.length > 0) return makeFailure({ reason: 'verify-compiles', objects: unexpected, log: request.log });
    const before = differences(readFileSync(quick), readFileSync(vmlinux));
    if (before.length > 0) return makeFailure({ reason: 'verify-differs', sections: before, objects, log: request.log });
    removeMade(objects);
    countBack(request.tree.build);
    const made = await runMake({ ...request, busyFile: request.place.busy, estimate: objects.length }, processes);
    if (isFailure(made)) return made;
    const sections = differences(readFileSync(quick), readFileSync(vmlinux));
    if (sections.length > 0) return makeFailure({ reason: 'verify-differs', sections, objects, log: request.log });
    const others = [...digestsOf(request)].filter(([path, digest]) => modules.get(path) !== digest).map(([path]) => path);
    if (others.length > 0) return makeFailure({ reason: 'verify-differs', sections: others, objects, log: request.log });
    const exactly = readFileSync(quick).equals(readFileSync(vmlinux)) ? 'byte for byte' : 'except for the build date';
    return `make agrees: it had nothing to compile${again.length === 0 ? '' : ` but ${again.join(', ')}, which it compiles each time`}, and with ${objects.length} ${objects.length === 1 ? 'object' : 'objects'} of its own it builds the same vmlinux${modules.size === 0 ? '' : ` and ${modules.size === 1 ? 'module' : 'modules'}`}, ${exactly}`;
  } finally {
    rmSync(quick, { force: true });
  }
}

/** What is in each module: the same objects give the same module, its build id included. */
function digestsOf({ tree }: BuildRequest): Map<string, string> {
  return new Map(builtModules(tree).filter(({ built }) => existsSync(built)).map(({ built, name }) => [name, createHash('sha256').update(readFileSync(built)).digest('hex')]));
}

/** @returns what make compiles as things are, as it names it */
async function compiledByMake(request: BuildRequest, processes: Pick<Processes, 'run'>): Promise<Result<string[]>> {
  const compiled: string[] = [];
  const ran = await processes.run({
    argv: makeCommand(request),
    cwd: request.tree.source,
    env: { ...makeEnvironment, ...request.env },
    log: request.log,
    signal: request.signal,
    onLine: (line) => {
      const step = parseStep(line);
      if (step !== undefined && compiles.has(step.verb)) compiled.push(step.target);
    },
  });
  return isFailure(ran) ? ran : compiled;
}
