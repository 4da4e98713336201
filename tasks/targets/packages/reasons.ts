/** What can go wrong when the host's packages are looked for and installed. */
import type { InstallTrouble } from './package-manager.ts';
import { failuresOf } from '../../report/failure.ts';
import { inColumns } from '../../text/table.ts';
import type { Words } from '../../report/words.ts';

/** A missing tool, for the person. */
export interface Need {
  readonly name: string;
  readonly reason: string;
  readonly package: string | undefined;
}

type PackagesReason =
  | { reason: 'packages-missing'; tools: readonly Need[]; command: string; retry: string }
  | { reason: 'packages-unknown-host'; distribution: string; tools: readonly Need[] }
  | { reason: 'packages-still-missing'; tools: readonly Need[]; path: string; log: string }
  | { reason: 'packages-install-failed'; trouble: InstallTrouble; byHand: string; tail: readonly string[]; log: string };

export const packagesFailure = failuresOf<PackagesReason>({
  'packages-missing': (d) => ({
    what: d.tools.length === 1 ? 'a tool is missing on this host' : `${d.tools.length} tools are missing on this host`,
    why: table(d.tools),
    fix: [d.command, `${d.retry}   # installs them, and continues`],
  }),
  'packages-unknown-host': (d) => ({
    what: `${d.tools.length === 1 ? 'a tool is' : `${d.tools.length} tools are`} missing on this host, and kloop does not know the packages of ${d.distribution}`,
    why: [...table(d.tools), 'Install them by hand, in any way you like: kloop looks for the tools themselves.'],
  }),
  'packages-still-missing': (d) => ({
    what: 'the packages were installed, but tools are still missing',
    why: [...table(d.tools), `kloop looks for programs on PATH: ${d.path}`],
    log: d.log,
  }),
  'packages-install-failed': (d) => ({ ...troubleWords(d.trouble, d.byHand), said: d.tail.slice(-12), log: d.log }),
});

/** One line each, in columns: tool, package, what for. */
function table(tools: readonly Need[]): string[] {
  const packaged = tools.some((tool) => tool.package !== undefined);
  return inColumns(tools.map((tool) => [tool.name, ...(packaged ? [tool.package ?? ''] : []), tool.reason]));
}

function troubleWords(trouble: InstallTrouble, byHand: string): Words {
  switch (trouble.kind) {
    case 'locked': return {
      what: `another package manager is running${trouble.by === undefined ? '' : `: process ${trouble.by}`}`,
      why: ['If the package manager can wait for it, it waited two minutes.'],
      fix: [byHand],
    };
    case 'no-network': return { what: 'the packages cannot be downloaded', why: [trouble.line], fix: [byHand] };
    case 'no-space': return { what: 'there is not enough disk space for the packages', fix: ['df -h / /var'] };
    case 'no-right': return { what: 'the package manager needs root', why: [trouble.line], fix: [byHand] };
    case 'sudo-refused': return { what: 'sudo did not run the package manager', why: [trouble.line], fix: [byHand] };
    case 'no-lists':
    case 'old-lists': return {
      what: "the package manager's lists do not contain these packages",
      why: ['On Arch, updating the lists means upgrading the whole system; kloop leaves that to you.'],
      fix: byHand.includes('pacman') ? [byHand.replace(/pacman -S /, 'pacman -Syu ')] : [byHand],
    };
    case 'unfinished':
    case 'other': return { what: 'the package manager failed', fix: [byHand] };
  }
}
