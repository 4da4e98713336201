/** The bridge as it is, from sysfs and its record alone: no process is started, so that `vm` may ask each time. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { textOf, namesIn } from '../../host/files.ts';
import type { HostPaths } from '../host/paths.ts';
import { bootId, type BridgeRecord } from './record.ts';

/** What an alias of kloop's begins with. */
export const mark = 'kloop';

type BridgeState =
  | { readonly kind: 'absent' }
  /** A link of that name that isn't ours; `type`: 'bridge' or 'link'. */
  | { readonly kind: 'foreign'; readonly type: string }
  | { readonly kind: 'ours'; readonly faults: readonly string[]; readonly ports: readonly string[] };

export function bridgeState(name: string, setting: string, record: BridgeRecord | undefined, paths: HostPaths): BridgeState {
  const dir = join(paths.sys, 'class/net', name);
  if (!existsSync(dir)) return { kind: 'absent' };
  const isBridge = existsSync(join(dir, 'bridge'));
  const recent = record?.boot === bootId(paths) ? record : undefined;
  const marked = textOf(join(dir, 'ifalias'))?.trim().startsWith(mark) ?? false;
  // Made but not yet marked: killed between the two. Then its record stands unfinished.
  const halfMade = recent !== undefined && !recent.complete && recent.begun > 0;
  if (!isBridge || !(marked || halfMade)) return { kind: 'foreign', type: isBridge ? 'bridge' : 'link' };
  const ports = namesIn(join(dir, 'brif'));
  return { kind: 'ours', ports, faults: faultsOf(name, setting, recent, ports, paths) };
}

function faultsOf(name: string, setting: string, record: BridgeRecord | undefined, ports: readonly string[], paths: HostPaths): string[] {
  const up = (Number(textOf(join(paths.sys, 'class/net', name, 'flags'))) & 1) !== 0;
  const faults = up ? [] : [`${name} is down`];
  // Another kloop's, by its mark: it is used as it is.
  if (record === undefined) return faults;
  if (!record.complete) faults.push('its last setup did not finish');
  if (record.setting !== setting) faults.push(`BRIDGE_UPLINK was ${record.setting}`);
  if (record.uplink.kind === 'adapter' && !ports.includes(record.uplink.name)) faults.push(`${record.uplink.name} is not on ${name}`);
  if (record.uplink.kind === 'private' && !dnsmasqRuns(record, paths)) faults.push(`dnsmasq does not run on ${name}`);
  return faults;
}

function dnsmasqRuns({ steps }: BridgeRecord, paths: HostPaths): boolean {
  const file = steps.flatMap(({ argv }) => argv).find((word) => word.startsWith('--pid-file='))?.slice('--pid-file='.length) ?? '';
  const pid = textOf(file)?.trim() ?? '';
  return /^\d+$/.test(pid) && textOf(join(paths.proc, pid, 'comm'))?.trim() === 'dnsmasq';
}

/** The bridges of this host. */
export function bridgesHere(paths: HostPaths): string[] {
  const dir = join(paths.sys, 'class/net');
  return namesIn(dir).filter((name) => existsSync(join(dir, name, 'bridge')));
}
