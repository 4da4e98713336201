/** The table of contents: everything that can be brought up to date. */
import { featuresFor, type Feature } from '../../config/packages.ts';
import type { Settings } from '../../config/settings.ts';
import type { World } from '../graph/execute.ts';
import type { Targets } from '../graph/order.ts';
import type { Target } from '../graph/target.ts';
import type { Processes } from '../host/process.ts';
import { bridgeTarget } from './bridge.ts';
import { configTarget } from './config.ts';
import { guestTarget } from './guest.ts';
import { packagesTarget } from './packages.ts';
import { sourceTarget } from './source.ts';

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
  /** What the host must be equipped for; default: what the settings ask for. */
  readonly features?: readonly Feature[];
  /** The command to type again with `--install`: 'npm run vm -- --install'. */
  readonly retry?: string;
  /** Ask anew which kernel source can be had. */
  readonly choose?: boolean;
  /** Generate the .config anew, even over what was edited by hand. */
  readonly reset?: boolean;
  readonly bridge?: { readonly force?: boolean };
}

export function allTargets({ settings, processes }: Parts, options: TargetOptions): Targets {
  const targets: Target[] = [
    packagesTarget({
      features: new Set(options.features ?? featuresFor(settings)),
      install: options.install ?? false,
      processes,
      privilege: { uid: process.getuid?.() ?? 0 },
      retry: options.retry ?? 'npm run packages -- --install',
    }),
    sourceTarget({ settings, processes, choose: options.choose ?? false }),
    configTarget({ settings, processes, reset: options.reset ?? false }),
    guestTarget({ projectDir: settings.projectDir, stateDir: settings.stateDir, processes }),
    bridgeTarget({ settings, processes, privilege: { uid: process.getuid?.() ?? 0 }, force: options.bridge?.force ?? false }),
  ];
  return new Map(targets.map((target) => [target.name, target]));
}
