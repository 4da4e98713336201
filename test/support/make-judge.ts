/** What make itself looks at when it judges a built tree: the judge of kloop's list of inputs. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { isGenerated } from '../../tasks/kernel/freshness-inputs.ts';
import { loadSnapshot } from '../../tasks/kernel/freshness-store.ts';
import { isUnder, type KernelTree } from '../../tasks/kernel/index-model.ts';
import { buildPlace } from '../../tasks/kernel/index-place.ts';
import { loadIndex } from '../../tasks/kernel/index-store.ts';

/**
 * The files that make reads as makefiles or considers as prerequisites of
 * `goal`, of the tree's own: absolute paths. By `make -n --debug=v`, which
 * runs nothing but the makes below it (GNU make 4.3).
 */
export function consideredByMake(tree: KernelTree, goal: string, args: readonly string[] = []): Set<string> {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' };
  delete env['MAKEFLAGS'];
  const said = execFileSync('make', ['-n', '--debug=v', '--eval=$(info kloop in $(CURDIR))', ...args, goal], {
    cwd: tree.source, env, encoding: 'latin1', maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'],
  });
  const dirs = new Set([tree.source, tree.build]);
  const names = new Set<string>();
  for (const line of said.split('\n')) {
    const dir = /^kloop in (.*)$/.exec(line)?.[1];
    if (dir !== undefined) dirs.add(dir);
    const name = /^\s*(?:Considering target file|Reading makefile|Prerequisite) '([^']+)'/.exec(line)?.[1];
    if (name !== undefined) names.add(name);
  }
  const found = new Set<string>();
  for (const name of names) {
    // Which make said it is not told: a name counts wherever it is a file.
    for (const path of isAbsolute(name) ? [normalize(name)] : [...dirs].map((from) => join(from, name))) {
      if (isUnder(path, tree.source) && statSync(path, { throwIfNoEntry: false })?.isFile()) found.add(path);
    }
  }
  return found;
}

/** Those of make's files that kloop neither watches nor knows as made; paths as seen from the source. */
export function unseen(tree: KernelTree, stateDir: string, considered: Iterable<string>): string[] {
  const place = buildPlace(stateDir, tree);
  const kept = loadSnapshot(place.snapshot, tree);
  const index = loadIndex(place.index, tree);
  if (kept === undefined || index === undefined) throw new Error('there is no finished build');
  const inputs = new Set([...kept.snapshot.inputs.paths, ...kept.snapshot.outputs.paths]);
  const targets = new Set(index.entries.filter((entry) => entry.target >= 0).map((entry) => index.files[entry.target] ?? ''));
  return [...considered].filter((path) => !inputs.has(path) && !isGenerated(path, index, targets, kept.made) && !isProduct(path)).map((path) => path.slice(tree.source.length + 1)).sort();
}

/** Objects, programs and lists, which nobody edits: no source has such a name. */
function isProduct(path: string): boolean {
  return /\.(?:o|a|cmd|d|order|ko|mod|so|dbg|lds|bin|elf|relocs|gz|chkbin)$/.test(path) || existsSync(path.replace(/([^/]+)$/, '.$1.cmd'));
}
