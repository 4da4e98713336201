/** Takes the bridge down: the steps of its record are undone, the last one first, and what was there before is looked for. */
import { isFailure, type Result } from '../../report/failure.ts';
import { startGuard } from '../../host/processes/guard.ts';
import { shown } from '../../host/processes/privilege.ts';
import type { HostPaths } from '../host/paths.ts';
import { NetworkMonitor } from '../host/monitor.ts';
import { resolvConf, seeNetwork } from '../host/probe.ts';
import { bootId, removeRecord, type BridgeRecord } from './record.ts';
import { runBeside, type Runner } from './run-steps.ts';
import { lost, snapshot } from './snapshot.ts';
import { undoOf } from '../step.ts';
import { networkFailure } from '../reasons.ts';
import { interruption } from '../../report/interrupted.ts';

interface DownOptions extends Runner {
  readonly record: BridgeRecord;
  readonly recordPath: string;
  readonly paths: HostPaths;
  /** How long addresses may take to come back from a manager or a DHCP server, in ms. */
  readonly backMs: number;
}

/** The commands that undo what a record tells of, in order. */
export function undoing({ boot, begun, steps }: BridgeRecord, paths: HostPaths): (readonly string[])[] {
  const rebooted = boot !== bootId(paths);
  return undoOf(steps.slice(0, begun).filter((step) => !rebooted || step.lasting));
}

/**
 * Undoes. Commands that fail don't make it fail: after a crash nobody knows which
 * steps took effect. What counts is whether the network is as it was.
 *
 * @returns `not-restored` with what is missing; the record is then kept.
 */
export async function takeDown(options: DownOptions): Promise<Result<void>> {
  const { record, paths } = options;
  const rebooted = record.boot !== bootId(paths);
  const commands = undoing(record, paths);
  // Half undone is worst: a lost ssh connection must not stop it.
  const guard = await startGuard({ privilege: options.privilege, forget: [options.recordPath] });
  if (guard === undefined) return networkFailure({ reason: 'sudo-refused' });
  await guard.before(commands);
  for (const argv of commands) {
    // Its silence would tell the guard that kloop hangs.
    const undone = (await guard.before([])) ? await runBeside('undoing', argv, { ...options, bridge: record.bridge, guard }) : networkFailure({ reason: 'guard-gone', bridge: record.bridge, restored: false });
    if (!isFailure(undone)) continue;
    const guardGone = networkFailure.is(undone, 'guard-gone') ? undone : undefined;
    if (guardGone !== undefined || interruption.is(undone, 'interrupted')) {
      const restored = (await guard.undo()) !== undefined;
      if (restored) removeRecord(options.recordPath);
      return guardGone === undefined ? undone : networkFailure({ ...guardGone.detail, restored });
    }
    const { said = [], what } = undone.words;
    options.say(`failed: ${shown(argv)}: ${said.at(-1) ?? what}`);
  }
  await guard.keep();
  const missing = rebooted ? [] : await whatIsLost(options);
  if (isFailure(missing)) return missing;
  if (missing.length > 0) return networkFailure({ reason: 'not-restored', bridge: record.bridge, missing, log: options.log });
  removeRecord(options.recordPath);
  return undefined;
}

/** resolv.conf, of which the kernel tells nothing, is looked at so often, in ms. */
const lookMs = 250;

async function whatIsLost({ record, paths, processes, signal, backMs }: DownOptions): Promise<Result<string[]>> {
  const until = performance.now() + backMs;
  const monitor = new NetworkMonitor(['link', 'address', 'route'], processes);
  try {
    for (;;) {
      const seen = await seeNetwork(processes);
      if (isFailure(seen)) return seen;
      const missing = lost(record.before, snapshot(seen.links, seen.routes, resolvConf(paths), record.bridge));
      const now = performance.now();
      if (missing.length === 0 || signal.aborted || now > until) return missing;
      await monitor.next(Math.min(lookMs, until - now + 1), signal);
    }
  } finally {
    await monitor.end();
  }
}
