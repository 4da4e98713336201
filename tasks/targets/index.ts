/** The table of contents: everything that can be brought up to date. */
import type { Settings } from '../../config/settings.ts';
import type { World } from '../graph/execute.ts';
import type { Targets } from '../graph/order.ts';
import type { Target } from '../graph/target.ts';
import type { Processes } from '../host/process.ts';

/** What targets are made from. */
export interface Parts {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly world: World;
}

/** What a command asks of its targets, beyond the settings. */
export interface TargetOptions {
  /** Missing host packages may be installed. */
  readonly install?: boolean;
}

export function allTargets(_parts: Parts, _options: TargetOptions): Targets {
  const targets: Target[] = [];
  return new Map(targets.map((target) => [target.name, target]));
}
