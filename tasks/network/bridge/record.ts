/** What `bridge up` did, on disk before each step is taken: `down` works from this alone, also after a crash. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isFailure, type Result } from '../../report/failure.ts';
import { readText, writeWhole } from '../../host/files.ts';
import type { HostPaths } from '../host/paths.ts';
import type { Step } from '../step.ts';
import type { Uplink } from './uplink.ts';

export interface BridgeRecord {
  readonly version: 1;
  readonly bridge: string;
  /** The kernel's boot: after another one, all but the lasting steps are gone by themselves. */
  readonly boot: string;
  /** BRIDGE_UPLINK as it was, and what came of it. */
  readonly setting: string;
  readonly uplink: Uplink;
  /** The host's addresses, routes and DNS as they were: what must be there again after `down`. */
  readonly before: readonly string[];
  readonly steps: readonly Step[];
  /** So many of the steps were begun. */
  readonly begun: number;
  readonly complete: boolean;
}

export function recordPath(stateDir: string, bridge: string): string {
  return join(stateDir, 'bridge', `${bridge}.json`);
}

export function writeRecord(path: string, record: BridgeRecord): Result<void> {
  return writeWhole(path, `${JSON.stringify(record, undefined, 1)}\n`);
}

export function readRecord(path: string): BridgeRecord | undefined {
  const text = readText(path);
  if (isFailure(text) || text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as BridgeRecord;
    return record.version === 1 && Array.isArray(record.steps) ? record : undefined;
  } catch {
    return undefined;
  }
}

export function removeRecord(path: string): void {
  rmSync(path, { force: true });
}

export function bootId(paths: HostPaths): string {
  return readFileSync(join(paths.proc, 'sys/kernel/random/boot_id'), 'utf8').trim();
}
