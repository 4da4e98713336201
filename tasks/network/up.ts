/** Makes the bridge: step by step, each one's undo known to the record on disk and to the guard before it is taken. */
import { fail, isFailure, type Failure, type Result } from '../report/failure.ts';
import { findProgram } from '../host/files.ts';
import { startGuard, type Guard } from '../host/guard.ts';
import { shown } from '../host/privilege.ts';
import type { BridgePlan } from './bridge-plan.ts';
import { anyAnswers, type Gateway } from './reach.ts';
import { noteBegun, removeRecord, writeRecord, type BridgeRecord } from './record.ts';
import { runAsRoot, runBeside, type Runner } from './run-steps.ts';
import { undoOf, type Step } from './step.ts';

export interface UpOptions extends Runner {
  readonly plan: BridgePlan;
  readonly record: BridgeRecord;
  readonly recordPath: string;
  /** The gateways that must answer on the bridge; empty: none is waited for. */
  readonly gateways: readonly Gateway[];
}

/**
 * Takes the steps. When one fails, when kloop is interrupted, or when the
 * gateway stays silent, everything is put back before this returns; when kloop
 * is killed, the guard does it.
 */
export async function takeSteps(options: UpOptions): Promise<Result<void>> {
  const { plan, recordPath, privilege } = options;
  if (privilege.uid !== 0 && findProgram('sudo') === undefined) {
    return fail({ reason: 'no-sudo', command: 'npm run bridge' });
  }
  const begun = writeRecord(recordPath, options.record);
  if (isFailure(begun)) return begun;
  const guard = await startGuard({ privilege, forget: [recordPath] });
  if (guard === undefined) {
    removeRecord(recordPath);
    return fail({ reason: 'sudo-refused' });
  }
  const went = await takeAll(options, guard);
  if (went === undefined) {
    const kept = writeRecord(recordPath, { ...options.record, begun: plan.steps.length, complete: true });
    if (!isFailure(kept)) {
      await guard.keep();
      return undefined;
    }
    return putBack(kept, options, guard);
  }
  return putBack(went, options, guard);
}

async function takeAll(options: UpOptions, guard: Guard): Promise<Failure | undefined> {
  const { plan, record, recordPath } = options;
  for (const step of plan.steps) {
    const recorded = noteBegun(recordPath);
    if (isFailure(recorded)) return recorded;
    if (!(await guard.before(asLine(step)))) return fail({ reason: 'guard-gone', bridge: record.bridge });
    const taken = await runBeside(step.title, step.argv, options, guard);
    if (isFailure(taken)) return taken;
  }
  if (options.gateways.length > 0) {
    const answered = await anyAnswers({ gateways: options.gateways, dev: record.bridge, wanted: 'reachable', deadlineMs: plan.gatewayMs, processes: options.processes, signal: options.signal });
    if (options.signal.aborted) return fail({ reason: 'interrupted', signal: 'SIGINT' });
    if (!answered) return fail({ reason: 'gateway-silent', gateways: options.gateways.map(({ gateway }) => gateway), bridge: record.bridge, ms: plan.gatewayMs });
  }
  for (const step of plan.confirming) {
    const taken = await runAsRoot(step.title, step.argv, options);
    if (isFailure(taken)) return taken;
  }
  return undefined;
}

/** A step's undo as one line for the guard: each command is tried, whatever became of the one before. */
function asLine(step: Step): string {
  return step.undo.map((argv) => `${shown(argv)} || bad=1`).join('; ') || ':';
}

async function putBack(why: Failure, options: UpOptions, guard: Guard): Promise<Failure> {
  options.say('putting everything back');
  for (const argv of undoOf(options.plan.steps)) options.say(`$ ${shown(argv)}`);
  if ((await guard.undo()) === undefined) {
    // Somebody ended the guard. What it did not do is done here, whatever kloop itself was told to stop.
    for (const argv of undoOf(options.plan.steps)) await runAsRoot('putting back', argv, { ...options, say: () => undefined, signal: new AbortController().signal });
  }
  removeRecord(options.recordPath);
  return why;
}
