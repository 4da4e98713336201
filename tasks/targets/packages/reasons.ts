/** What can go wrong when the host's packages are looked for and installed. */
import type { InstallTrouble } from './package-manager.ts';
import { failuresOf } from '../../report/failure.ts';
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
    what: d.tools.length === 1 ? 'the host lacks a tool' : `the host lacks ${d.tools.length} tools`,
    why: table(d.tools),
    fix: [d.command, `${d.retry}   # does the same, and goes on`],
  }),
  'packages-unknown-host': (d) => ({
    what: `the host lacks ${d.tools.length === 1 ? 'a tool' : `${d.tools.length} tools`}, and kloop does not know the packages of ${d.distribution}`,
    why: [...table(d.tools), 'Install them by hand; kloop looks for the tools themselves, so any way will do.'],
  }),
  'packages-still-missing': (d) => ({
    what: 'the packages were installed, and yet tools are missing',
    why: [...table(d.tools), `Programs are looked for on PATH: ${d.path}`],
    log: d.log,
  }),
  'packages-install-failed': (d) => ({ ...troubleWords(d.trouble, d.byHand), said: d.tail.slice(-12), log: d.log }),
});

/** One line each, in columns: tool, package, what for. */
function table(tools: readonly Need[]): string[] {
  const width = (texts: string[]) => Math.max(...texts.map((text) => text.length));
  const names = width(tools.map((tool) => tool.name));
  const packages = width(tools.map((tool) => tool.package ?? ''));
  return tools.map((tool) =>
    `${tool.name.padEnd(names)}  ${packages === 0 ? '' : `${(tool.package ?? '').padEnd(packages)}  `}${tool.reason}`);
}

function troubleWords(trouble: InstallTrouble, byHand: string): Words {
  switch (trouble.kind) {
    case 'locked': return {
      what: `another package manager is running${trouble.by === undefined ? '' : `: process ${trouble.by}`}`,
      why: ['kloop waited for it for two minutes where the package manager can wait.'],
      fix: [byHand],
    };
    case 'no-network': return { what: 'the packages cannot be downloaded', why: [trouble.line], fix: [byHand] };
    case 'no-space': return { what: 'there is no space for the packages', fix: ['df -h / /var'] };
    case 'no-right': return { what: 'the package manager needs root', why: [trouble.line], fix: [byHand] };
    case 'sudo-refused': return { what: 'sudo did not run the package manager', why: [trouble.line], fix: [byHand] };
    case 'no-lists':
    case 'old-lists': return {
      what: "the package manager's lists do not have these packages",
      why: ['On Arch, new lists go with an upgrade of everything; that is yours to decide.'],
      fix: byHand.includes('pacman') ? [byHand.replace(/pacman -S /, 'pacman -Syu ')] : [byHand],
    };
    case 'unfinished':
    case 'other': return { what: 'the package manager failed', fix: [byHand] };
  }
}
