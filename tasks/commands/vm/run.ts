/** One VM of `vm`: what it needs is built, it is run, and what went wrong is told and kept. */
import { featuresFor } from '../../../config/packages.ts';
import { finish } from '../../cli/finish.ts';
import type { Call } from '../../cli/spec.ts';
import type { Decoded } from '../../console/annotate.ts';
import { unexpected } from '../../console/known.ts';
import type { Splat } from '../../console/splat.ts';
import { splatWords } from '../../console/words.ts';
import { makeDecoder } from '../../decode/decoder.ts';
import { bootedNow, openKernel, type OpenedKernel } from '../../evidence/gather/kernel.ts';
import { keepEvidence } from '../../evidence/keep.ts';
import { isLostVm, toldOf, toldOfSplats } from '../../evidence/lost.ts';
import { incidentOfVm, outputKept, type Found, type SeenVm } from '../../evidence/of-vm.ts';
import { Capture } from '../../host/processes/capture.ts';
import type { ConfigRequest } from '../../kernel/config/request.ts';
import { placesOfLost, splatsOfLost, withSourceLines } from '../../machine/lost-vm.ts';
import { machineFailure } from '../../machine/reasons.ts';
import type { VmContext } from '../../machine/request.ts';
import { complaintsIn } from '../../machine/run/console-file.ts';
import { runVm } from '../../machine/run/run.ts';
import type { RunResult } from '../../progress/variants.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { bringUpVm } from '../../targets/goals.ts';
import type { Bootable } from '../shared/bootable.ts';
import { withPeerBuilt, type LabRequest } from '../shared/asked-lab.ts';
import type { Context } from '../shared/context.ts';
import type { VmOutcome } from '../shared/vm-outcome.ts';
import { openLab, type AskedLab } from '../../paths/lab/lab.ts';
import type { AskedVm } from '../shared/vm-request.ts';

/** What was typed, for one build of the kernel. */
export interface OneVm {
  readonly call: Call;
  readonly context: Context;
  readonly asked: AskedVm;
  readonly lab: LabRequest | undefined;
  readonly config: ConfigRequest | undefined;
  /** It is filled. */
  readonly outcome: VmOutcome;
}

/** All that it needs is there. */
export type BuiltVm = Omit<OneVm, 'lab'> & { readonly lab: AskedLab | undefined };

/** @param bridge kloop's bridge is brought up for it, too */
export async function buildFor(one: OneVm, bridge: boolean): Promise<Result<BuiltVm>> {
  const { call, context, asked, lab, config, outcome } = one;
  const { settings } = context;
  const began = performance.now();
  const ready = await bringUpVm(settings, {
    needs: { ownKernel: asked.kernel !== undefined, bridge },
    say: context.say,
    bringUp: (goals) => context.bringUp(goals, {
      features: [...featuresFor({ ...settings, vmNics: asked.nics }, process.env), ...(lab === undefined ? [] : ['paths' as const])],
      install: call.options['install'] === true,
      retry: 'npm run vm -- --install',
      asked: config,
    }),
  });
  const withPeer = isFailure(ready) ? ready : await withPeerBuilt(lab, call);
  outcome.buildMs = performance.now() - began;
  return isFailure(withPeer) ? withPeer : { ...one, lab: withPeer };
}

/** For a table of several. */
export function resultOf({ failure, kernel, splats }: VmOutcome, status: number): RunResult {
  return { status, how: failure === undefined ? 'command' : kernel === undefined ? 'not-run' : 'failure', reports: splats.length };
}

/** Of `VmContext` what depends on who looks on. */
type Streams = Pick<VmContext, 'stdin' | 'stdout' | 'stderr' | 'status'>;

export function vmContext(context: Context, streams: Streams): VmContext {
  return { ...streams, stateDir: context.settings.stateDir, signal: context.signal, say: context.say, env: process.env };
}

/**
 * Runs it.
 *
 * @returns kloop's status
 */
export async function runBuilt({ call, context, asked, lab: askedLab, outcome }: BuiltVm, prepared: Bootable, streams: Streams): Promise<number> {
  const alone = vmContext(context, streams);
  const lab = askedLab === undefined ? undefined : await openLab(askedLab, prepared.request, alone);
  if (isFailure(lab)) {
    await prepared.release();
    outcome.failure = lab;
    return finish(lab);
  }
  const request = lab === undefined ? prepared.request : lab.fit(prepared.request);
  // What a person does in a shell is theirs.
  const output = request.command === undefined ? undefined : new Capture(outputKept);
  const booted = bootedNow({ image: request.kernel, foreign: asked.kernel !== undefined });
  outcome.kernel = request.kernel;
  const ended = await runVm(request, { ...alone, before: lab?.before, heard: (chunk) => output?.push(chunk) });
  const overPaths = await lab?.close();
  if (overPaths !== undefined) outcome.paths = overPaths;
  await prepared.release();
  const seen: Seen = { context, vm: { request, booted, output }, outcome };
  if (isFailure(ended)) {
    outcome.failure = ended;
    return tellFailure(ended, seen);
  }
  const { status, log, boot, commandMs } = ended;
  Object.assign(outcome, { status, log, bootMs: boot.reachedMs + boot.initMs, commandMs });
  const splats = unexpected(ended.splats, context.settings.knownSplats);
  await tellSplats(splats, ended, seen);
  return status === 0 && splats.length > 0 && call.options['strict'] === true ? 1 : status;
}

/** A VM that has ended. */
interface Seen {
  readonly context: Context;
  readonly vm: Omit<SeenVm, 'opened'>;
  readonly outcome: VmOutcome;
}

/** What the kernel complained of: its first words at once, the reports when their frames have their lines. */
async function tellSplats(splats: readonly Splat[], { status, log }: { readonly status: number | string; readonly log: string }, seen: Seen): Promise<void> {
  seen.outcome.splats = splats;
  if (splats.length === 0) return;
  const opened = openKernel(seen.context.settings, seen.vm.booted);
  seen.context.say(toldOfSplats(splats).what);
  const decoded = await decodedFor(splats, seen);
  process.stderr.write(splatWords(splats, decoded, log));
  await keepOf(seen, opened, { ...toldOfSplats(splats), splats, decoded, status, log });
}

/** A crash's frames get their lines, too. */
async function tellFailure(failure: Failure, seen: Seen): Promise<number> {
  if (machineFailure.is(failure, 'vm-timeout')) {
    const status = finish(failure);
    const { log } = failure.detail;
    // A command that takes too long may do so for what the kernel complains of.
    await tellSplats(unexpected(complaintsIn(log)(), seen.context.settings.knownSplats), { status: 'timed out', log }, seen);
    return status;
  }
  if (!isLostVm(failure)) return finish(failure);
  const opened = openKernel(seen.context.settings, seen.vm.booted);
  const splats = splatsOfLost(failure);
  seen.outcome.splats = splats;
  const decoded = await decodedFor(placesOfLost(failure), seen);
  const told = withSourceLines(failure, decoded);
  const status = finish(told);
  await keepOf(seen, opened, { ...toldOf(told), splats, decoded, log: failure.words.log });
  return status;
}

async function decodedFor(places: readonly Pick<Splat, 'frames'>[], { context, vm: { booted } }: Seen): Promise<Decoded> {
  return places.length === 0 ? new Map() : makeDecoder(context.settings, context.processes)(places, booted, context.signal);
}

async function keepOf({ context, vm: seen, outcome }: Seen, opened: OpenedKernel, found: Found): Promise<void> {
  const kept = await keepEvidence(incidentOfVm({ ...seen, opened }, found, process.argv.slice(2)), context);
  if (kept !== undefined) outcome.evidence = kept;
}
