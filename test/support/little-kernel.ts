/** Little trees that look like a kernel's, and targets brought up in directories of a test's own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'dotenv';
import { resolveSettings, type Settings } from '../../config/settings.ts';
import type { RunEvent } from '../../tasks/graph/event.ts';
import { bringUp, type Ran } from '../../tasks/graph/execute.ts';
import type { Target } from '../../tasks/graph/target.ts';
import { openState } from '../../tasks/graph/state.ts';
import { isFailure, type Result, formatFailure } from '../../tasks/report/failure.ts';

const root = join(import.meta.dirname, '..', '..');

export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The least that passes for a kernel tree. */
export function littleTree(path: string, version = '6.1'): string {
  const [major = '', minor = ''] = version.split('.');
  write(join(path, 'Makefile'), `VERSION = ${major}\nPATCHLEVEL = ${minor}\nSUBLEVEL = 0\nEXTRAVERSION =\n`);
  for (const file of ['Kconfig', 'Kbuild', 'arch/x86/Makefile', 'scripts/kconfig/Makefile', 'net/mptcp/pm.c']) write(join(path, file), `# ${file}\n`);
  write(join(path, '.gitignore'), '.*\n*.o\n*.patch\n!.gitignore\n');
  return path;
}

export function git(tree: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=A Tester', '-c', 'user.email=tester@example.org', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, '-C', tree, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A repository with two commits and a branch. */
export function littleRepository(path: string): string {
  littleTree(path);
  git(path, 'init', '--quiet');
  git(path, 'add', '--all', '--force');
  git(path, 'commit', '--quiet', '--message=one');
  git(path, 'branch', 'old');
  write(join(path, 'net/mptcp/pm.c'), '// two\n');
  git(path, 'commit', '--quiet', '--all', '--message=two');
  return path;
}

/** A tarball that holds one directory. */
export function littleTarball(path: string, tree: string): string {
  mkdirSync(dirname(path), { recursive: true });
  execFileSync('tar', ['--create', '--auto-compress', '--file', path, '--directory', dirname(tree), tree.slice(dirname(tree).length + 1)]);
  return path;
}

/** Settings with all directories below `dir`; `values` override. */
export function settingsIn(dir: string, values: Record<string, string> = {}): Settings {
  const defaults = parse(readFileSync(join(root, 'config/defaults.env')));
  const mine = { REPOS_DIR: join(dir, 'repos'), STATE_DIR: join(dir, 'state'), SOURCE_TIMEOUT: '10s', ...values };
  const settings = resolveSettings([{ name: 'defaults', values: defaults }, { name: 'test', values: mine }], { projectDir: root, home: dir });
  if (!('jobs' in settings)) throw new Error(JSON.stringify(settings));
  return settings;
}

export interface Told {
  readonly result: Result<Ran>;
  readonly events: RunEvent[];
  /** What was said, and the notes of what was made or fresh. */
  readonly lines: string[];
  /** The failure in words; empty where there is none. */
  readonly words: string;
}

/** Runs one target as the commands do. */
export async function bringUpOne(target: Target, settings: Settings, signal = new AbortController().signal): Promise<Told> {
  const events: RunEvent[] = [];
  const world = openState({ dir: settings.stateDir, runName: 'a test' });
  const result = await bringUp(new Map([[target.name, target]]), { goals: [target.name], signal, emit: (event) => events.push(event) }, world);
  const lines = events.flatMap((event) => {
    if (event.kind === 'said') return [event.line];
    return (event.kind === 'finished' || event.kind === 'skipped') && event.note !== undefined ? [event.note] : [];
  });
  return { result, events, lines, words: isFailure(result) ? formatFailure(result) : '' };
}
