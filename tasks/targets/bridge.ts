/** The target `bridge`: the host's bridge for the VM's NICs. Its check is a probe: after a reboot it is gone, whatever records say. */
import type { Settings } from '../../config/settings.ts';
import type { Freshness, Made, Target, Work } from '../graph/target.ts';
import type { Privilege } from '../host/processes/privilege.ts';
import type { Processes } from '../host/processes/process.ts';
import { takeDown } from '../network/bridge/down.ts';
import { hostPaths, type HostPaths } from '../network/host/paths.ts';
import { prepareUp } from '../network/bridge/prepare.ts';
import { readRecord, recordPath } from '../network/bridge/record.ts';
import { bridgeState } from '../network/bridge/state.ts';
import { takeSteps } from '../network/bridge/up.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { networkFailure } from '../network/reasons.ts';

interface BridgeOptions {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly privilege: Privilege;
  /** Go on although a session over ssh may be lost. */
  readonly force: boolean;
  readonly paths?: HostPaths;
}

/** How long the host's own addresses may take to come back after `down`, in ms. */
export const backMs = 15_000;

export function bridgeTarget(options: BridgeOptions): Target {
  const { settings, paths = hostPaths } = options;
  const { bridgeName: name, bridgeUplink: setting } = settings;
  const path = recordPath(settings.hostStateDir, name);
  return {
    name: 'bridge',
    title: name,
    needs: [],
    key: () => name,
    recipe: () => `${name} ${setting} ${settings.bridgeNetfilter}`,
    judge: () => Promise.resolve(judge(name, bridgeState(name, setting, readRecord(path), paths))),
    run: (work) => make(options, paths, path, work),
  };
}

function judge(name: string, state: ReturnType<typeof bridgeState>): Result<Freshness> {
  switch (state.kind) {
    case 'absent': return { kind: 'stale', reason: { kind: 'state', words: `there is no ${name}` } };
    case 'foreign': return networkFailure({ reason: 'foreign-bridge', name, kind: state.type });
    case 'ours': {
      const [fault] = state.faults;
      if (fault !== undefined) return { kind: 'stale', reason: { kind: 'state', words: fault } };
      return { kind: 'fresh', note: state.ports.length === 0 ? `${name}, no ports` : `${name} with ${state.ports.join(', ')}` };
    }
  }
}

async function make(options: BridgeOptions, paths: HostPaths, path: string, work: Work): Promise<Result<Made>> {
  const { settings, processes, privilege, force } = options;
  const runner = { processes, privilege, say: (line: string) => work.say(line), signal: work.signal, log: work.log };
  const past = readRecord(path);
  if (past !== undefined) {
    // What an earlier `up` left unfinished or is no longer right is undone first, from its own record.
    const cleared = await takeDown({ ...runner, record: past, recordPath: path, paths, backMs });
    if (isFailure(cleared)) return cleared;
  }
  const prepared = await prepareUp({ settings, processes, paths, force, env: process.env, signal: work.signal });
  if (isFailure(prepared)) return prepared;
  for (const note of prepared.notes) work.say(note);
  const { plan, record, gateways } = prepared;
  const taken = await takeSteps({ ...runner, plan, record, recordPath: path, gateways });
  if (isFailure(taken)) return taken;
  return { note: record.uplink.kind === 'adapter' ? `${settings.bridgeName} on ${record.uplink.name}` : `${settings.bridgeName}, private` };
}
