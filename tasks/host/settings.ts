/** Reads the layers of settings: config/defaults.env, the user's file, the tree's, the variant's, the environment, the command line. */
import { parse } from 'dotenv';
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { NoTree, OwnTree } from '../../config/own-tree.ts';
import { resolveSettings, settingKeys, type BadSetting, type Base, type Layer, type Settings } from '../../config/settings.ts';
import { expanded, isVariantName, variantFile, variantState, variantsAmong, variantVmName, type SaidBelow } from '../../config/variant.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { nearest } from '../text/nearest.ts';
import { namesIn, readText } from './files.ts';
import { hostFailure } from './reasons.ts';
import { homeOf, userConfigDir, userStateDir, type Environment } from './user-dirs.ts';

export interface SettingsOptions {
  readonly projectDir: string;
  /** Kloop is an installed package: its own directory holds no settings and no state. */
  readonly installed?: boolean | undefined;
  /** What was found where the person is. */
  readonly found?: OwnTree | NoTree | undefined;
  /** The variant that was asked for; default: the one whose build directory the person stands in. */
  readonly variant?: AskedVariant | undefined;
  /** The command line's values. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly env?: Environment;
}

export interface AskedVariant {
  readonly name: string;
  /** What was built of it is to be removed: its file need not be there any more. */
  readonly mayBeGone?: boolean;
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

/** @returns the settings; or `bad-settings`, with all that is wrong; or `no-variant`; or a file's error. */
export function loadSettings({ projectDir, installed = false, found, variant, overrides, env = process.env }: SettingsOptions): Result<Settings> {
  const tree = found?.kind === 'own' ? found : undefined;
  const hostState = installed ? userStateDir(env) : join(projectDir, '.kloop');
  const topDir = tree?.path ?? (installed ? hostState : projectDir);
  const files = settingsFiles({ projectDir, installed, env, tree });
  const texts = readAll([join(projectDir, 'config', 'defaults.env'), ...files]);
  if (isFailure(texts)) return texts;
  const [defaults = '', ...others] = texts;
  const output = env['KBUILD_OUTPUT'] ?? '';
  const build = (dir: string | undefined): Layer['values'] => (dir === undefined ? {} : { KERNEL_BUILD_DIR: dir });
  const stated: Layer[] = [
    // make would build there; a setting of kloop's own counts more. A relative one starts where make runs: in the tree.
    { name: 'KBUILD_OUTPUT', values: build(isAbsolute(output) || (tree !== undefined && output !== '') ? output : undefined) },
    ...files.map((path, i) => ({ name: nameOf(path, projectDir), values: parse(others[i] ?? '') })),
    { name: 'where you are', values: build(tree?.build?.here === true ? tree.build.path : undefined) },
  ];
  const asked: Layer[] = [
    { name: 'the environment', values: env, ignoreUnknown: true },
    { name: 'the command line', values: overrides },
  ];
  const below: Layer[] = [
    { name: 'config/defaults.env', values: parse(defaults), isDefault: true, topDir: projectDir },
    { name: 'the tree', values: { STATE_DIR: tree?.state ?? hostState, ...build(tree?.build?.path) }, isDefault: true },
    ...stated,
  ];
  const base: Base = { projectDir, topDir, home: homeOf(env) };
  const resolved = resolve([...below, ...asked], base);
  if (isFailure(resolved)) return resolved;
  const says = (key: string) => [...below.slice(1), ...asked].findLast(({ values }) => values[key] !== undefined);
  const stateNamed = [...stated, ...asked].some(({ values }) => values['STATE_DIR'] !== undefined);
  const normal: Settings = Object.freeze({
    ...resolved,
    tree: treeThatCounts(found, { installed, configured: says('KERNEL_SOURCES') !== undefined }),
    ...(tree === undefined ? {} : { kernelSources: [`dir:${tree.path}`] }),
    hostStateDir: stateNamed ? resolved.stateDir : hostState,
    settingsFiles: files,
    kernelBuildDirBy: resolved.kernelBuildDir === undefined ? undefined : saidBy(says('KERNEL_BUILD_DIR')?.name, tree),
  });
  const name = variant?.name ?? tree?.variant;
  return name === undefined ? normal : loadVariant({ name, mayBeGone: variant?.mayBeGone }, { normal, below, asked, base });
}

interface VariantPlace {
  readonly normal: Settings;
  /** The layers that it stands on, and those that count more than its own. */
  readonly below: readonly Layer[];
  readonly asked: readonly Layer[];
  readonly base: Base;
}

/**
 * The settings of a variant: those of its files, where they are, between the
 * tree's and the environment. Where its state is, nothing else can say, nor
 * where it is built, except its own files: it would be mixed with another.
 */
function loadVariant({ name, mayBeGone = false }: { name: string; mayBeGone?: boolean | undefined }, { normal, below, asked, base }: VariantPlace): Result<Settings> {
  const { projectDir } = base;
  const state = variantState(normal.stateDir, name);
  const besides = [join(projectDir, 'config', 'variants', 'env'), ...normal.settingsFiles];
  const files = isVariantName(name) ? besides.map((file) => variantFile(file, name)) : [];
  const texts = readAll(files);
  if (isFailure(texts)) return texts;
  const there = files.flatMap((path, i) => (texts[i] === undefined ? [] : [{ path, text: texts[i] }]));
  if (there.length === 0 && !(mayBeGone && isVariantName(name) && existsSync(state))) {
    const known = [...new Set(besides.flatMap((file) => variantsAmong(file, namesIn(dirname(file)))))].sort();
    return hostFailure({ reason: 'no-variant', name, known, nearest: nearest(name, known), file: files.slice(1).at(-1) });
  }
  const layers: Layer[] = [...below, { name: `variant ${name}`, values: { VM_NAME: variantVmName(below.findLast(({ values }) => values['VM_NAME'] !== undefined)?.values['VM_NAME'] ?? '', name) } }];
  const bad: BadSetting[] = [];
  for (const { path, text } of there) {
    const layer = nameOf(path, projectDir);
    const said = (key: string): SaidBelow | undefined => (key === 'KLOOP_DIR' ? { text: projectDir, set: true } : saidIn(layers, key));
    const values = Object.fromEntries(Object.entries(parse(text)).map(([key, value]) => [key, expanded(value, said)]));
    if (values['STATE_DIR'] !== undefined) bad.push({ layer, key: 'STATE_DIR', text: values['STATE_DIR'], wrong: 'a variant has a state directory of its own' });
    layers.push({ name: layer, values });
  }
  const buildDir = layers.slice(below.length).findLast(({ values }) => (values['KERNEL_BUILD_DIR'] ?? '') !== '')?.values['KERNEL_BUILD_DIR'] ?? join(state, 'build');
  const resolved = resolve([...layers, ...asked, { name: `variant ${name}`, values: { STATE_DIR: state, KERNEL_BUILD_DIR: buildDir } }], base, bad);
  if (isFailure(resolved)) return resolved;
  return Object.freeze({
    ...resolved,
    tree: normal.tree,
    ...(normal.tree?.kind === 'own' ? { kernelSources: normal.kernelSources } : {}),
    hostStateDir: normal.hostStateDir,
    settingsFiles: [...normal.settingsFiles, ...files],
    kernelBuildDirBy: `variant ${name}${there.length === 0 ? '' : `, by ${there.map(({ path }) => nameOf(path, projectDir)).join(' and ')}`}`,
    variant: { name, normal },
  });
}

/** What the layers say of a setting; `undefined` where it is not one. */
function saidIn(layers: readonly Layer[], key: string): SaidBelow | undefined {
  if (!settingKeys.includes(key)) return undefined;
  const layer = layers.findLast(({ values }) => values[key] !== undefined);
  return { text: layer?.values[key] ?? '', set: layer !== undefined && layer.isDefault !== true };
}

/** @param more what is wrong besides */
function resolve(layers: readonly Layer[], base: Base, more: readonly BadSetting[] = []): Result<Settings> {
  const settings = resolveSettings(layers, base);
  const bad = [...more, ...(Array.isArray(settings) ? (settings as readonly BadSetting[]) : [])];
  return bad.length > 0 ? hostFailure({ reason: 'bad-settings', bad }) : (settings as Settings);
}

/** Their texts; `undefined` for one that is not there. */
function readAll(paths: readonly string[]): Result<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  for (const path of paths) {
    const text = readText(path);
    if (isFailure(text)) return text;
    texts.push(text);
  }
  return texts;
}

/** As a person calls a file of settings. */
function nameOf(path: string, projectDir: string): string {
  return path.startsWith(`${join(projectDir, 'config')}/`) || path.startsWith(join(projectDir, '.env')) ? path.slice(projectDir.length + 1) : path;
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
