/** The files that a configuration is made from: KERNEL_CONFIG, and the fragments that KERNEL_FRAGMENTS names. */
import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { nearest } from '../../text/nearest.ts';
import type { Settings } from '../../../config/settings.ts';
import { readText } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { foreignArchitecture, isComplete, parseFragment, type Fragment } from './text.ts';
import { kernelFailure } from '../reasons.ts';
import { chosenTree } from '../source/choice.ts';
import { testFragments } from './for-tests.ts';
import { besideVariants } from './builds.ts';
import { askedFile } from './ownership.ts';

type ConfigSettings = Pick<Settings, 'kernelConfig' | 'kernelFragments' | 'kernelBuildDir' | 'projectDir' | 'topDir' | 'tree' | 'stateDir' | 'kernelSources' | 'reposDir'> & Partial<Pick<Settings, 'variant'>>;

/** What is asked for. */
export interface ConfigSources {
  /** A complete .config to start from; `undefined`: allnoconfig. */
  readonly base: { readonly path: string; readonly text: string } | undefined;
  readonly fragments: readonly Fragment[];
}

/** Where each file is, KERNEL_CONFIG first. A fragment is a name in config/fragments/, or a path. Those of the tests that were asked for come after them, and what was asked for by itself last. */
export function configFiles(settings: ConfigSettings): string[] {
  return [...ownFiles(settings), ...testFragments(settings), ...askedFiles(settings)];
}

/**
 * What was asked for of the build without a variant holds for a variant, too,
 * and comes before what was asked for of that. A variant that starts from the
 * .config there has it already, as far as that one has.
 */
function askedFiles(settings: ConfigSettings): string[] {
  const tree = chosenTree(settings);
  if (isFailure(tree)) return [];
  const builds = [...(settings.variant === undefined ? [] : [besideVariants(settings.variant.normal)]), settings];
  return builds.flatMap(({ stateDir, kernelBuildDir }) => {
    const dotConfig = join(kernelBuildDir ?? tree, '.config');
    const path = askedFile(stateDir, dotConfig);
    return dotConfig === settings.kernelConfig || !existsSync(path) ? [] : [path];
  });
}

function ownFiles(settings: ConfigSettings): string[] {
  const directory = fragmentsDir(settings);
  return [settings.kernelConfig, ...settings.kernelFragments.map((name) => (isAbsolute(name) ? name : join(directory, `${name}.config`)))];
}

export function fragmentsDir(settings: Pick<Settings, 'projectDir'>): string {
  return join(settings.projectDir, 'config', 'fragments');
}

/** The names that KERNEL_FRAGMENTS can hold. */
function knownFragments(settings: Pick<Settings, 'projectDir'>): string[] {
  try {
    return readdirSync(fragmentsDir(settings)).filter((name) => name.endsWith('.config')).map((name) => name.slice(0, -'.config'.length)).sort();
  } catch {
    return [];
  }
}

/** @returns all of it; or `no-fragment`, `bad-fragment` with every bad line, `wrong-architecture`. */
export function readConfigSources(settings: ConfigSettings): Result<ConfigSources> {
  let base: ConfigSources['base'];
  const fragments: Fragment[] = [];
  for (const [index, path] of ownFiles(settings).entries()) {
    const text = readText(path);
    if (isFailure(text)) return text;
    if (text === undefined) return noFragment(settings, index === 0 ? undefined : settings.kernelFragments[index - 1], path);
    const foreign = foreignArchitecture(text);
    if (foreign !== undefined) return kernelFailure({ reason: 'wrong-architecture', path, architecture: foreign });
    if (index === 0 && isComplete(text)) {
      base = { path, text };
      continue;
    }
    fragments.push(parseFragment(text, shownPath(settings, path)));
  }
  for (const path of testFragments(settings)) {
    const text = readText(path);
    if (isFailure(text)) return text;
    if (text !== undefined) fragments.push(builtIn(parseFragment(text, shownPath(settings, path))));
  }
  for (const path of askedFiles(settings)) {
    const text = readText(path);
    if (isFailure(text)) return text;
    if (text !== undefined) fragments.push(parseFragment(text, shownPath(settings, path)));
  }
  const wrong = fragments.flatMap((fragment) => fragment.wrong);
  return wrong.length > 0 ? kernelFailure({ reason: 'bad-fragment', wrong }) : { base, fragments };
}

/**
 * What a test asks for, as the VM can have it: `=m` is met by `=y`, for the
 * guest loads no modules. A line of the kernel's own file that says nothing is
 * not the person's mistake.
 */
function builtIn({ requested }: Fragment): Fragment {
  return { requested: requested.map((one) => (one.value === 'm' ? { ...one, value: 'y' } : one)), wrong: [] };
}

function noFragment(settings: ConfigSettings, name: string | undefined, path: string) {
  const known = knownFragments(settings);
  if (name === undefined || isAbsolute(name)) return kernelFailure({ reason: 'no-fragment', name: path, known: name === undefined ? [] : known, nearest: undefined });
  return kernelFailure({ reason: 'no-fragment', name, known, nearest: nearest(name, known) });
}

/** Within the tree, or kloop's own directory, by its name there. */
export function shownPath({ topDir, projectDir }: Pick<ConfigSettings, 'topDir' | 'projectDir'>, path: string): string {
  return [topDir, projectDir].map((dir) => relative(dir, path)).find((inside) => !inside.startsWith('..')) ?? path;
}
