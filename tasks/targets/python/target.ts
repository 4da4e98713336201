/** The target `python`: the Python that would run vido does not have bpo-29208. A probe. */
import type { Distribution } from '../../../config/packages.ts';
import type { Target } from '../../graph/target.ts';
import { runAsRoot } from '../../host/processes/admin.ts';
import type { Privilege } from '../../host/processes/privilege.ts';
import type { Processes } from '../../host/processes/process.ts';
import { thisDistribution } from '../../host/tools.ts';
import { patchVerdict, probePython } from './probe.ts';
import { isFailure } from '../../report/failure.ts';
import { pythonFailure } from './reasons.ts';

interface PythonOptions {
  readonly processes: Processes;
  readonly privilege: Privilege;
  readonly patchDir: string;
  /** The package that `python-package` has built. */
  readonly package: () => string | undefined;
  readonly distribution?: () => Distribution;
  readonly python?: string;
  /** The package manager and its options; a test has a root of its own. */
  readonly pacman?: readonly string[];
}

export function pythonTarget(options: PythonOptions): Target {
  const { processes, patchDir } = options;
  const distribution = options.distribution ?? thisDistribution;
  const probe = () => probePython(processes, patchDir, options.python);
  return {
    name: 'python',
    title: 'Python without bpo-29208',
    needs: ['python-package'],
    key: () => 'host',
    recipe: () => 'probe',
    async judge() {
      const found = await probe();
      if (isFailure(found)) return found;
      const verdict = patchVerdict(found);
      return verdict.needed ? { kind: 'stale', reason: { kind: 'state', words: verdict.words } } : { kind: 'fresh', note: verdict.words };
    },
    async run(work) {
      const found = await probe();
      if (isFailure(found)) return found;
      if (!patchVerdict(found).needed) return { note: patchVerdict(found).words };
      const built = options.package();
      const host = distribution();
      // A package of Arch would overwrite another system's Python behind its package manager's back.
      if (host.family !== 'arch') return pythonFailure({ reason: 'python-not-arch', python: found.path, version: found.version, distribution: host.name, package: built });
      if (built === undefined) return pythonFailure({ reason: 'python-not-built' });
      const argv = [...(options.pacman ?? ['pacman']), '-U', '--noconfirm', built];
      const ran = await runAsRoot({ argv, env: { LC_ALL: 'C.UTF-8' }, privilege: options.privilege, processes, work });
      if (isFailure(ran)) return ran;
      if (!ran.ok) return pythonFailure({ reason: 'python-install-failed', package: built, tail: ran.tail, log: work.log });
      const after = await probe();
      if (isFailure(after)) return after;
      const verdict = patchVerdict(after);
      return verdict.needed
        ? pythonFailure({ reason: 'python-still-broken', python: after.path, words: verdict.words, package: built })
        : { note: verdict.words };
    },
  };
}
