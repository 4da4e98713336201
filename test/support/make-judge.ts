/** What make itself looks at when it judges a built tree: the judge of kloop's list of inputs. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { isGeneratedPath } from '../../tasks/kernel/inputs/names.ts';
import { loadSnapshot } from '../../tasks/kernel/inputs/snapshot-store.ts';
import { isUnder, type BuildDirs } from '../../tasks/kernel/inputs/index-model.ts';
import { buildPlace } from '../../tasks/kernel/inputs/place.ts';

/** The goals below tools/ of a kernel's build, by the directory that shows that they were made. The top makefile keeps `-n` from them. */
const toolGoals = [['tools/objtool', 'objtool'], ['tools/bpf/resolve_btfids', 'bpf/resolve_btfids']] as const;

/**
 * The files that make reads as makefiles or considers as prerequisites of
 * `goal`, of the tree's own: absolute paths. By `make -n --debug=v`, which
 * runs nothing but the makes below it (GNU make 4.3).
 */
export function consideredByMake(tree: BuildDirs, goal: string): Set<string> {
  const found = new Set<string>();
  /** @param from where a name counts that is not whole, besides where a make said that it was: which make a name is from is not told */
  const ask = (from: readonly string[], ...args: string[]) => {
    const dirs = new Set(from);
    const names = new Set<string>();
    for (const line of linesOf(tree.source, args)) {
      const [, dir, name] = /^kloop in (.*)$|'(.*)'$/.exec(line) ?? [];
      if (dir !== undefined && from.length === 0) dirs.add(dir);
      if (name !== undefined) names.add(name);
    }
    for (const name of names) {
      for (const path of isAbsolute(name) ? [normalize(name)] : [...dirs].map((place) => join(place, name))) {
        if (isUnder(path, tree.source) && statSync(path, { throwIfNoEntry: false })?.isFile()) found.add(path);
      }
    }
  };
  ask([tree.source, tree.build], ...(tree.build === tree.source ? [] : [`O=${tree.build}`]), goal);
  for (const [place, tool] of toolGoals) {
    if (existsSync(join(tree.build, place, '.fixdep.o.cmd'))) ask([], '-C', 'tools', `O=${tree.build}`, 'subdir=tools', 'LDFLAGS=', tool);
  }
  return found;
}

/** Of 160 MB that make says, the names. */
function linesOf(cwd: string, args: readonly string[]): string[] {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' };
  delete env['MAKEFLAGS'];
  const wanted = String.raw`^kloop in .*$|^ *(Considering target file|Reading makefile|Prerequisite) '[^']+'`;
  const said = execFileSync('bash', ['-c', 'set -o pipefail; make -n --debug=v "$@" 2>/dev/null | grep -oE "$0" | sort -u', wanted, '--eval=$(info kloop in $(CURDIR))', ...args], {
    cwd, env, encoding: 'latin1', maxBuffer: 2 ** 28,
  });
  return said.split('\n');
}

/** Those of make's files that kloop does not look at; paths as seen from the source. */
export function unseen(tree: BuildDirs, stateDir: string, considered: Iterable<string>): string[] {
  const kept = loadSnapshot(buildPlace(stateDir, tree).snapshot, tree);
  if (kept === undefined) throw new Error('there is no finished build');
  const { inputs, products, outputs } = kept.snapshot;
  const seen = new Set([...inputs.paths, ...products.paths, ...outputs.paths]);
  return [...considered].filter((path) => !seen.has(path) && !isNote(path) && !isGeneratedPath(path.slice(tree.build.length + 1))).map((path) => path.slice(tree.source.length + 1)).sort();
}

/** What Kbuild makes for itself without a `.cmd` file, or notes there: not edited by people, and not looked at. */
function isNote(path: string): boolean {
  return /\/\.[^/]+\.(?:cmd|d)$|\/include\/config\/|\/tools\/.*\/(?:inat-tables\.c|libsubcmd\.a|libbpf\.a)$/.test(path);
}
