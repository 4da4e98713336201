/** One commit: checked out, built, and run in a VM. */
import { Writable, Readable } from 'node:stream';
import { featuresFor } from '../../../config/packages.ts';
import { bootable } from '../../commands/shared/bootable.ts';
import type { Decoded } from '../../console/annotate.ts';
import { unexpected } from '../../console/known.ts';
import type { Splat } from '../../console/splat.ts';
import { makeDecoder } from '../../decode/decoder.ts';
import { bootedNow, openKernel } from '../../evidence/gather/kernel.ts';
import { keepEvidence } from '../../evidence/keep.ts';
import { toldOf, toldOfSplats } from '../../evidence/lost.ts';
import { incidentOfVm, outputKept, type Found } from '../../evidence/of-vm.ts';
import { Capture } from '../../host/processes/capture.ts';
import { lookAtTree } from '../../kernel/source/tree.ts';
import { splatsOfLost } from '../../machine/lost-vm.ts';
import { machineFailure } from '../../machine/reasons.ts';
import type { VmContext } from '../../machine/request.ts';
import { complaintsIn } from '../../machine/run/console-file.ts';
import { runVm, type VmEnding } from '../../machine/run/run.ts';
import { statusLine } from '../../progress/status-line.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { bringUpVm } from '../../targets/goals.ts';
import { readWarnings } from '../known-warnings.ts';
import { describe } from '../repository.ts';
import type { Tested } from '../tested.ts';
import { judgeBuild, judgeRun, type Judged } from '../verdict.ts';
import type { Warning } from '../warnings.ts';
import type { Workshop } from './open.ts';

/** A commit that was built, or was not. */
interface Built {
  /** Why there is no kernel to run. */
  readonly failed: { readonly judged: Judged; readonly failure: Failure } | undefined;
  readonly newWarnings: readonly Warning[] | undefined;
}

/** @returns what became of it; or a failure that says nothing of the commit */
export async function buildCommit(commit: string, workshop: Workshop): Promise<Result<Built>> {
  const { worktree, place } = workshop;
  const here = await worktree.checkout(commit);
  if (isFailure(here)) return here;
  const failure = await bringUp(workshop);
  const judged = failure === undefined ? undefined : judgeBuild(failure);
  if (isFailure(judged)) return judged;
  const newWarnings = await readWarnings(commit, failure === undefined, { place, git: worktree.git });
  if (isFailure(newWarnings)) return newWarnings;
  return { failed: failure === undefined || judged === undefined ? undefined : { failure, judged }, newWarnings };
}

async function bringUp({ context, worktree, vm, install, by, config }: Workshop): Promise<Failure | undefined> {
  const tree = lookAtTree(worktree.path);
  if (isFailure(tree)) return tree;
  const { settings } = context;
  const ready = await bringUpVm(settings, {
    needs: { bridge: vm.nics.includes(settings.bridgeName) },
    say: context.say,
    bringUp: (goals) => context.bringUp(goals, { features: [...featuresFor({ ...settings, vmNics: vm.nics }, process.env)], install, retry: `npm run ${by} -- --install`, asked: config }),
  });
  return isFailure(ready) ? ready : undefined;
}

/** @returns how it came out; or a failure that says nothing of the commit */
export async function testCommit(commit: string, workshop: Workshop): Promise<Result<Tested & Built>> {
  const began = performance.now();
  const told = await describe(commit, workshop.worktree.git);
  if (isFailure(told)) return told;
  const built = await buildCommit(commit, workshop);
  if (isFailure(built)) return built;
  const judged = built.failed?.judged ?? await runCommit(workshop);
  if (isFailure(judged)) return judged;
  return { ...built, commit, subject: told.subject, build: built.failed === undefined ? 'ok' : 'failed', tookMs: performance.now() - began, ...judged };
}

async function runCommit({ context, vm, by }: Workshop): Promise<Result<Judged & Pick<Tested, 'evidence'>>> {
  const { settings, processes, signal } = context;
  const prepared = await bootable(vm, context, { by: `kloop ${by}` });
  if (isFailure(prepared)) return prepared;
  const { request } = prepared;
  const output = new Capture(outputKept);
  const booted = bootedNow({ image: request.kernel, foreign: false });
  const ended = await runVm(request, {
    stateDir: settings.stateDir, signal, say: context.say, status: context.quiet ? undefined : statusLine(process.stderr), env: process.env,
    ...unattended(context.quiet), heard: (chunk) => output.push(chunk),
  });
  await prepared.release();
  const judged = judgeRun(ended, settings.knownSplats);
  if (isFailure(judged) || judged.verdict !== 'bad') return judged;
  const found = foundIn(ended, judged, settings.knownSplats);
  const opened = openKernel(settings, booted);
  const decoded: Decoded = found.splats.length === 0 ? new Map() : await makeDecoder(settings, processes)(found.splats, booted, signal);
  const incident = incidentOfVm({ request, booted, opened, output }, { ...found, decoded }, process.argv.slice(2));
  return { ...judged, evidence: await keepEvidence({ ...incident, by }, context) };
}

/** What there is to be kept of a run that went wrong. */
function foundIn(ended: Result<VmEnding>, { why, log }: Judged, known: readonly string[]): Omit<Found, 'decoded'> {
  if (!isFailure(ended)) {
    const splats = unexpected(ended.splats, known);
    return { ...(ended.status === 0 ? toldOfSplats(splats) : { what: `the command ended with ${why}`, told: [] }), splats, status: ended.status, log };
  }
  const late = machineFailure.is(ended, 'vm-timeout');
  const splats: readonly Splat[] = late ? unexpected(complaintsIn(ended.detail.log)(), known) : splatsOfLost(ended);
  return { ...toldOf(ended), splats, ...(late ? { status: 'timed out' } : {}), log };
}

/**
 * The streams of a command that nobody sits at: it reads nothing, and what it
 * prints is shown among kloop's own lines. New ones for each: who is attached
 * to a stream leaves a listener there.
 */
function unattended(quiet: boolean): Pick<VmContext, 'stdin' | 'stdout' | 'stderr'> {
  const shown = () => new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      // A reader who has gone is nobody's loss: the verdict counts.
      if (quiet) done();
      else process.stderr.write(chunk, () => done());
    },
  }) as unknown as NodeJS.WriteStream;
  return { stdin: Readable.from([]) as unknown as NodeJS.ReadStream, stdout: shown(), stderr: shown() };
}
