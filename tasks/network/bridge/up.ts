/** Makes the bridge: step by step, each one's undo known to the record on disk and to the guard before it is taken. */
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { findProgram } from '../../host/files.ts';
import { startGuard, type FailedUndo, type Guard } from '../../host/processes/guard.ts';
import { shown } from '../../host/processes/privilege.ts';
import type { BridgePlan } from './plan.ts';
import { anyAnswers, type Gateway } from '../host/gateway.ts';
import { removeRecord, writeRecord, type BridgeRecord } from './record.ts';
import { runStep, runBeside, type Runner } from './run-steps.ts';
import { undoOf } from '../step.ts';
import { hostFailure } from '../../host/reasons.ts';
import { networkFailure } from '../reasons.ts';
import { interruption } from '../../report/interrupted.ts';

interface UpOptions extends Runner {
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
    return hostFailure({ reason: 'no-sudo', command: 'npm run bridge' });
  }
  const written = writeRecord(recordPath, options.record);
  if (isFailure(written)) return written;
  const guard = await startGuard({ privilege, forget: [recordPath] });
  if (guard === undefined) {
    removeRecord(recordPath);
    return networkFailure({ reason: 'sudo-refused' });
  }
  const { taken, begun, failure } = await takeAll(options, guard);
  if (failure !== undefined) return putBack(failure, { options, guard, taken, begun });
  const kept = writeRecord(recordPath, { ...options.record, begun: plan.steps.length, complete: true });
  if (isFailure(kept)) return putBack(kept, { options, guard, taken, begun });
  await guard.keep();
  return undefined;
}

/** How far it came: so many steps were begun, so many of them taken. */
interface Progress {
  readonly begun: number;
  readonly taken: number;
  readonly failure: Failure | undefined;
}

async function takeAll(options: UpOptions, guard: Guard): Promise<Progress> {
  const { plan, record, recordPath } = options;
  for (const [taken, step] of plan.steps.entries()) {
    const begun = taken + 1;
    const recorded = writeRecord(recordPath, { ...record, begun });
    if (isFailure(recorded)) return { begun, taken, failure: recorded };
    if (!(await guard.before(step.undo))) return { begun, taken, failure: networkFailure({ reason: 'guard-gone', bridge: record.bridge, restored: true }) };
    const failure = await runBeside(step.title, step.argv, { ...options, bridge: record.bridge, guard });
    if (isFailure(failure)) return { begun, taken, failure };
  }
  const all = plan.steps.length;
  return { begun: all, taken: all, failure: await confirm(options) };
}

/** After all steps: the gateway answers, and who should know is told so. */
async function confirm({ plan, record, gateways, ...runner }: UpOptions): Promise<Failure | undefined> {
  if (gateways.length > 0) {
    const answered = await anyAnswers({ gateways, dev: record.bridge, wanted: 'reachable', deadlineMs: plan.gatewayMs, processes: runner.processes, signal: runner.signal });
    if (runner.signal.aborted) return interruption({ reason: 'interrupted', signal: 'SIGINT' });
    if (!answered) return networkFailure({ reason: 'gateway-silent', gateways: gateways.map(({ gateway }) => gateway), bridge: record.bridge, ms: plan.gatewayMs, restored: true });
  }
  for (const step of plan.confirming) {
    const taken = await runStep(step.title, step.argv, runner);
    if (isFailure(taken)) return taken;
  }
  return undefined;
}

/**
 * Undoes what was begun. Of a step that failed itself nobody knows how much
 * there is to undo, so that its undo may well fail; of those before it none may.
 *
 * @returns why it was undone; or `undo-failed`, with the record kept for `down`
 */
async function putBack(why: Failure, { options, guard, taken, begun }: { options: UpOptions; guard: Guard; taken: number; begun: number }): Promise<Failure> {
  const { plan, record, recordPath, log } = options;
  const commands = undoOf(plan.steps.slice(0, begun));
  options.say('restoring the network');
  for (const argv of commands) options.say(`$ ${shown(argv)}`);
  // Somebody ended the guard, where it does not tell. What it did not do is done here.
  const all = (await guard.undo()) ?? (await undoHere(commands, options));
  const due = new Set(undoOf(plan.steps.slice(0, taken)).map(shown));
  const failed = all.filter(({ command }) => due.has(command));
  if (failed.length === 0) {
    removeRecord(recordPath);
    return why;
  }
  const kept = writeRecord(recordPath, { ...record, begun });
  if (isFailure(kept)) return kept;
  return networkFailure({ reason: 'undo-failed', bridge: record.bridge, cause: causeOf(why), failed, log });
}

/** Whatever kloop itself was told to stop. */
async function undoHere(commands: readonly (readonly string[])[], options: UpOptions): Promise<FailedUndo[]> {
  const failed: FailedUndo[] = [];
  const runner = { ...options, say: () => undefined, signal: new AbortController().signal };
  for (const argv of commands) {
    const undone = await runStep('restoring the network', argv, runner);
    if (isFailure(undone)) failed.push({ command: shown(argv), said: (undone.words.said ?? []).join('\n') });
  }
  return failed;
}

function causeOf(why: Failure): string {
  if (networkFailure.is(why, 'gateway-silent', 'guard-gone')) return networkFailure({ ...why.detail, restored: false }).words.what;
  return why.words.what;
}
