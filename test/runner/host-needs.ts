/** What the tests need of the host: asked before the first of them runs, not found out in the middle. */
import { toolsFor, type Feature, type HostTool } from '../../config/packages.ts';

interface Need {
  readonly feature: Feature;
  /** The test files that need it, by their paths below test/. */
  readonly files: RegExp;
  /** Where it is missing, they skip themselves, and are counted. */
  readonly skips?: true;
}

const needs: readonly Need[] = [
  { feature: 'vm', files: /\.(e2e|long)\.test\.ts$/ },
  { feature: 'bridge', files: /^(network\/|watch\/nics).*\.e2e\.test\.ts$/ },
  { feature: 'vido', files: /vido.*\.e2e\.test\.ts$/ },
  { feature: 'python', files: /^targets\/python\/target\.e2e/, skips: true },
  { feature: 'network-tests', files: /^(network\/.*|machine\/run\/run)\.e2e/ },
  { feature: 'program-tests', files: /^machine\/guest\/(programs\.e2e|fragments\.long)/, skips: true },
  { feature: 'systemd', files: /^(machine\/guest|commands\/reach)\/systemd\.e2e/, skips: true },
  { feature: 'gdb', files: /^(machine\/guest\/programs\.e2e|commands\/reach\/gdb\.)/, skips: true },
  { feature: 'drgn', files: /^commands\/reach\/gdb\.long/, skips: true },
  { feature: 'crash', files: /^commands\/reach\/gdb\.long/, skips: true },
  { feature: 'browser-tests', files: /^checks\/report\/browser\.e2e/, skips: true },
  { feature: 'editor-tests', files: /^(kernel\/inputs\/compile-commands\.e2e|commands\/variant\.long)/, skips: true },
  { feature: 'tests', files: /^watch\/terminal\.e2e/, skips: true },
  { feature: 'llvm', files: /^kernel\/build\/build-directory\.long/, skips: true },
  { feature: 'selftests', files: /^targets\/selftests\/collection\.long/, skips: true },
  { feature: 'distcc', files: /^kernel\/make\/build-hosts\.long/, skips: true },
];

interface Lack {
  readonly tools: readonly HostTool[];
  readonly files: readonly string[];
  readonly skips: boolean;
}

/**
 * What is missing for these files. Pure, but for what it is given.
 *
 * @param missingOf those of some tools that the host lacks
 */
export function lacksOf(files: readonly string[], missingOf: (tools: readonly HostTool[]) => readonly HostTool[]): Lack[] {
  return needs
    .map(({ feature, files: pattern, skips = false }) => ({ feature, skips, files: files.filter((file) => pattern.test(file)) }))
    .filter((need) => need.files.length > 0)
    .map(({ feature, ...need }) => ({ ...need, tools: missingOf(toolsFor(new Set([feature]))) }))
    .filter((need) => need.tools.length > 0);
}

/** For a person: what is missing, for which tests, and the command. */
export function lackWords(lacks: readonly Lack[]): string {
  const lines = lacks.map(({ tools, files, skips }) => `  ${tools.map((tool) => tool.name).join(', ')}: ${skips ? 'skipped without' : 'needed by'}: ${files.join(', ')}`);
  return ['this host lacks what tests need:', ...lines, '  Run: npm test -- --install'].join('\n');
}
