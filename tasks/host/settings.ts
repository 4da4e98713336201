/** Reads the layers of settings: config/defaults.env, the user's file, the tree's, the environment, the command line. */
import { parse } from 'dotenv';
import { isAbsolute, join } from 'node:path';
import type { NoTree, OwnTree } from '../../config/own-tree.ts';
import { resolveSettings, type Layer, type Settings } from '../../config/settings.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { readText } from './files.ts';
import { hostFailure } from './reasons.ts';
import { homeOf, userConfigDir, userStateDir, type Environment } from './user-dirs.ts';

export interface SettingsOptions {
  readonly projectDir: string;
  /** Kloop is an installed package: its own directory holds no settings and no state. */
  readonly installed?: boolean | undefined;
  /** What was found where the person is. */
  readonly found?: OwnTree | NoTree | undefined;
  /** The command line's values. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly env?: Environment;
}

type Place = Pick<SettingsOptions, 'projectDir' | 'installed'> & { readonly env: Environment; readonly tree: OwnTree | undefined };

/**
 * The files of settings, weakest first: the user's for all trees, or what
 * KLOOP_ENV_FILE names in its stead (empty: none); then the tree's own, or
 * `.env` in kloop's checkout.
 */
function settingsFiles({ projectDir, installed, env, tree }: Place): string[] {
  const named = env['KLOOP_ENV_FILE'];
  const users = named === undefined ? [join(userConfigDir(env), 'env')] : named === '' ? [] : [named];
  if (tree !== undefined) return [...users, join(tree.state, 'env')];
  return named !== undefined || installed === true ? users : [...users, join(projectDir, '.env')];
}

/** @returns the settings; or `bad-settings`, with all that is wrong; or a file's error. */
export function loadSettings({ projectDir, installed = false, found, overrides, env = process.env }: SettingsOptions): Result<Settings> {
  const tree = found?.kind === 'own' ? found : undefined;
  const hostState = installed ? userStateDir(env) : join(projectDir, '.kloop');
  const topDir = tree?.path ?? (installed ? hostState : projectDir);
  const files = settingsFiles({ projectDir, installed, env, tree });
  const layers: Layer[] = [];
  const read = [join(projectDir, 'config', 'defaults.env'), ...files].map((path) => readText(path));
  const texts: string[] = [];
  for (const text of read) {
    if (isFailure(text)) return text;
    texts.push(text ?? '');
  }
  const [defaults = '', ...others] = texts;
  const output = env['KBUILD_OUTPUT'] ?? '';
  const build = (dir: string | undefined): Layer['values'] => (dir === undefined ? {} : { KERNEL_BUILD_DIR: dir });
  layers.push(
    { name: 'config/defaults.env', values: parse(defaults), isDefault: true, topDir: projectDir },
    { name: 'the tree', values: { STATE_DIR: tree?.state ?? hostState, ...build(tree?.build?.path) }, isDefault: true },
    // make would build there; a setting of kloop's own counts more. A relative one starts where make runs: in the tree.
    { name: 'KBUILD_OUTPUT', values: build(isAbsolute(output) || (tree !== undefined && output !== '') ? output : undefined) },
    ...files.map((path, i) => ({ name: path === join(projectDir, '.env') ? '.env' : path, values: parse(others[i] ?? '') })),
    { name: 'where you are', values: build(tree?.build?.here === true ? tree.build.path : undefined) },
    { name: 'the environment', values: env, ignoreUnknown: true },
    { name: 'the command line', values: overrides },
  );
  const settings = resolveSettings(layers, { projectDir, topDir, home: homeOf(env) });
  if (Array.isArray(settings)) return hostFailure({ reason: 'bad-settings', bad: settings });
  const beyondDefaults = layers.slice(1);
  const says = (key: string) => beyondDefaults.findLast(({ values }) => values[key] !== undefined);
  const resolved = settings as Settings;
  const stateNamed = beyondDefaults.slice(1).some(({ values }) => values['STATE_DIR'] !== undefined);
  return Object.freeze({
    ...resolved,
    tree: treeThatCounts(found, { installed, configured: says('KERNEL_SOURCES') !== undefined }),
    ...(tree === undefined ? {} : { kernelSources: [`dir:${tree.path}`] }),
    hostStateDir: stateNamed ? resolved.stateDir : hostState,
    settingsFiles: files,
    kernelBuildDirBy: resolved.kernelBuildDir === undefined ? undefined : saidBy(says('KERNEL_BUILD_DIR')?.name, tree),
  });
}

/** Who stands in no tree gets a source by KERNEL_SOURCES; an installed kloop fetches none that nobody asked for. */
function treeThatCounts(found: OwnTree | NoTree | undefined, { installed, configured }: { installed: boolean; configured: boolean }): OwnTree | NoTree | undefined {
  if (found?.kind !== 'none' || found.met.what === 'part') return found;
  return installed && !configured ? found : undefined;
}

function saidBy(layer: string | undefined, tree: OwnTree | undefined): string {
  if (tree?.build !== undefined && (layer === 'the tree' || layer === 'where you are')) return tree.build.why;
  return layer === 'KBUILD_OUTPUT' ? layer : `KERNEL_BUILD_DIR in ${layer ?? ''}`;
}
