/** Does by make what a quick build has done, and compares: the proof that both come to the same. */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { differences } from './elf-compare.ts';
import { objectsOfTheFuture } from './future.ts';
import type { BuildRequest } from './make.ts';
import { parseStep } from '../make/output.ts';
import { removeMade } from './repair.ts';
import { makeCommand, makeEnvironment, runMake } from '../make/run.ts';
import { makeFailure } from '../make/reasons.ts';

/** What make compiles, by a step's name. */
const compiles = new Set(['CC', 'AS', 'HOSTCC', 'LDS', 'CPP', 'HOSTLD']);

/** What it compiles for each link of vmlinux. */
const ofEachLink = /^(?:\.tmp_vmlinux|\.vmlinux|init\/version)/;

/**
 * Runs make twice: as it is, when it must find nothing to compile, but for
 * files that are dated in the future; and after the objects that were compiled
 * are gone, when it must come to the same vmlinux.
 *
 * @param objects what the quick build compiled: absolute paths
 * @returns a line for the person; or `verify-compiles`, `verify-differs`
 */
export async function verifyByMake(request: BuildRequest, objects: readonly string[], processes: Pick<Processes, 'run'>): Promise<Result<string>> {
  const vmlinux = join(request.tree.build, request.output);
  const quick = `${request.place.index}.vmlinux`;
  try {
    copyFileSync(vmlinux, quick);
    const compiled: string[] = [];
    const agreed = await processes.run({
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
    if (isFailure(agreed)) return agreed;
    const again = objectsOfTheFuture(objects, request.tree.build, Date.now()).map((object) => relative(request.tree.build, object));
    const unexpected = compiled.filter((target) => !again.includes(target) && !(again.length > 0 && ofEachLink.test(target)));
    if (unexpected.length > 0) return makeFailure({ reason: 'verify-compiles', objects: unexpected, log: request.log });
    const before = differences(readFileSync(quick), readFileSync(vmlinux));
    if (before.length > 0) return makeFailure({ reason: 'verify-differs', sections: before, objects, log: request.log });
    removeMade(objects);
    sameNumber(request.tree.build);
    const made = await runMake({ ...request, busyFile: request.place.busy, estimate: objects.length }, processes);
    if (isFailure(made)) return made;
    const sections = differences(readFileSync(quick), readFileSync(vmlinux));
    if (sections.length > 0) return makeFailure({ reason: 'verify-differs', sections, objects, log: request.log });
    const exactly = readFileSync(quick).equals(readFileSync(vmlinux)) ? 'byte for byte' : 'except for the build date';
    return `make agrees: it had nothing to compile${again.length === 0 ? '' : ` but ${again.join(', ')}, of files dated in the future`}, and with ${objects.length} ${objects.length === 1 ? 'object' : 'objects'} of its own it builds the same vmlinux, ${exactly}`;
  } finally {
    rmSync(quick, { force: true });
  }
}

/** Sets the build's number back by one: the next link counts up to the same. (init/build-version, in older trees scripts/link-vmlinux.sh) */
function sameNumber(build: string): void {
  const path = join(build, '.version');
  const number = existsSync(path) ? Number(readFileSync(path, 'utf8')) : Number.NaN;
  if (number > 1) writeFileSync(path, `${number - 1}\n`);
  else rmSync(path, { force: true });
}
