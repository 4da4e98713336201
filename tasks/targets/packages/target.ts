/** The target `packages`: what the host needs is there. A probe: the host's state is the truth, not what kloop did. */
import { handCommand, installCommand, packagesFor, refreshCommand, toolsFor, type Distribution, type Family, type Feature, type HostTool } from '../../../config/packages.ts';
import type { Target, Work } from '../../graph/target.ts';
import { runAsRoot, type AdminRan } from '../../host/processes/admin.ts';
import { installTrouble, remedyFor, type InstallTrouble } from './package-manager.ts';
import { asRoot, shown, type Privilege } from '../../host/processes/privilege.ts';
import type { Processes } from '../../host/processes/process.ts';
import { missingTools, searchPlaces, thisDistribution } from '../../host/tools.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { packagesFailure, type Need } from './reasons.ts';

export interface PackagesOptions {
  readonly features: ReadonlySet<Feature>;
  /** Tools besides those of the features. */
  readonly tools?: readonly HostTool[];
  /** Install what is missing; without it, missing tools are a failure that lists them. */
  readonly install: boolean;
  readonly processes: Processes;
  readonly privilege: Privilege;
  /** The command that does it, as the person would type it: 'npm run vm -- --install'. */
  readonly retry: string;
  /** For tests: another host than this one. */
  readonly lookFor?: (tools: readonly HostTool[]) => HostTool[];
  readonly distribution?: () => Distribution;
}

export function packagesTarget(options: PackagesOptions): Target {
  const wanted = [...toolsFor(options.features), ...options.tools ?? []];
  const lookFor = options.lookFor ?? missingTools;
  const distribution = options.distribution ?? thisDistribution;
  return {
    name: 'packages',
    title: 'host packages',
    needs: [],
    // One key for all: two installations at once would fight over one lock anyway.
    key: () => 'host',
    recipe: () => 'probe',
    judge: () => {
      const missing = lookFor(wanted);
      return Promise.resolve(missing.length === 0
        ? { kind: 'fresh', note: `all ${wanted.length} tools found` }
        : { kind: 'stale', reason: { kind: 'state', words: `missing: ${missing.map((tool) => tool.name).join(', ')}` } });
    },
    run: async (work) => {
      const host = distribution();
      const missing = lookFor(wanted);
      if (missing.length === 0) return { note: 'nothing was missing' };
      const { family } = host;
      const needs = missing.map((tool) => needOf(tool, family));
      if (family === undefined) return packagesFailure({ reason: 'packages-unknown-host', distribution: host.name, tools: needs });
      const packages = packagesFor(missing, family);
      const byHand = shown(asRoot(handCommand(family, packages), options.privilege));
      if (!options.install) return packagesFailure({ reason: 'packages-missing', tools: needs, command: byHand, retry: options.retry });
      const installed = await install({ family, packages, byHand, work, options });
      if (isFailure(installed)) return installed;
      const still = lookFor(wanted);
      if (still.length > 0) return packagesFailure({ reason: 'packages-still-missing', tools: still.map((tool) => needOf(tool, family)), path: searchPlaces().programs, log: work.log });
      return { note: `installed ${packages.length} package${packages.length === 1 ? '' : 's'}` };
    },
  };
}

function needOf(tool: HostTool, family: Family | undefined): Need {
  return { name: tool.name, reason: tool.reason, package: family === undefined ? undefined : tool.packages[family] };
}

interface Installation {
  readonly family: Family;
  readonly packages: readonly string[];
  readonly byHand: string;
  readonly work: Work;
  readonly options: PackagesOptions;
}

/**
 * Installs. A trouble that a command heals (no lists yet, an earlier
 * installation cut off) is healed, once each; any other is a failure in words.
 */
async function install({ family, packages, byHand, work, options }: Installation): Promise<Result<void>> {
  const refresh = refreshCommand(family);
  const healed = new Set<InstallTrouble['kind']>();
  for (;;) {
    const done = await asAdmin(installCommand(family, packages), work, options);
    if (isFailure(done)) return done;
    if (done.ok) return undefined;
    const trouble = installTrouble(done.output);
    const remedy = healed.has(trouble.kind) ? undefined : remedyFor(trouble, family, refresh);
    if (remedy === undefined) return packagesFailure({ reason: 'packages-install-failed', trouble, byHand, tail: done.tail, log: work.log });
    healed.add(trouble.kind);
    const healing = await asAdmin(remedy, work, options);
    if (isFailure(healing)) return healing;
    if (!healing.ok) return packagesFailure({ reason: 'packages-install-failed', trouble: installTrouble(healing.output), byHand, tail: healing.tail, log: work.log });
  }
}

/** No package may ask questions; English, because we read what they say. */
const quietly = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };

function asAdmin(argv: readonly string[], work: Work, { processes, privilege }: PackagesOptions): Promise<Result<AdminRan>> {
  return runAsRoot({ argv, env: quietly, privilege, processes, work, onLine: progressOf(work) });
}

/** apt's lines name what is under way: 'Get:12 …', 'Unpacking flex …', 'Setting up flex …'. */
function progressOf(work: Work): (line: string) => void {
  let saidWaiting = false;
  return (line) => {
    const what = line.trim();
    if (what.startsWith('Waiting for cache lock')) {
      if (!saidWaiting) work.say(what);
      saidWaiting = true;
    } else if (/^(Get:\d+|Unpacking|Setting up|installing|downloading|Installing|Downloading)/.test(what)) {
      work.progress({ what: what.slice(0, 100) });
    }
  };
}
