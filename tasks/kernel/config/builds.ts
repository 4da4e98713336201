/**
 * The builds of one tree: the one without a variant, and the variants.
 *
 * Kbuild builds a tree in place or elsewhere, never both: what lies in the
 * source is found by make's VPATH and by `-I`, and taken for the other build's. A
 * variant is always built elsewhere, so that from the first one on all builds
 * are. A tree that was built in place stays as it is, and the variant is
 * refused, with the commands that clear the way: a copy of the tree, be it of
 * links, would have to follow each of its files, for make, for git and for
 * `watch`, and what a person built is theirs to throw away.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sharedStateDir, type Settings } from '../../../config/settings.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { builtInPlace, outputDir } from '../make/call.ts';
import { kernelFailure } from '../reasons.ts';
import { isBuildOf, treeOfBuild, variantBuilds } from '../source/build-dirs.ts';
import { chosenTree } from '../source/choice.ts';
import { askedFile, copiesDir, whoseConfig } from './ownership.ts';

/** Where the build without a variant is, of a tree that has variants and where nobody says it. */
export function besideDir(settings: Settings, source: string): string {
  const state = sharedStateDir(settings);
  return settings.tree?.kind === 'own' ? join(state, 'build') : join(state, 'build', basename(source));
}

/**
 * The settings without a variant, where the tree has variants, or had some: it
 * is built beside them, not in place.
 */
export function besideVariants(settings: Settings): Settings {
  const said = settings.given.some(({ key, layer }) => key === 'KERNEL_BUILD_DIR' && layer !== undefined);
  if (settings.variant !== undefined || settings.kernelBuildDir !== undefined || said) return settings;
  const source = chosenTree(settings);
  const real = isFailure(source) ? undefined : realTree(source);
  if (isFailure(source) || real === undefined || builtInPlace(source) !== undefined) return settings;
  const dir = besideDir(settings, source);
  // One that holds nothing but a .config was made by a person for this.
  const begun = existsSync(join(dir, '.config')) && (treeOfBuild(dir) === undefined || isBuildOf(dir, real));
  if (!begun && !variantBuilds(settings.stateDir).some((build) => isBuildOf(build, real))) return settings;
  return Object.freeze({ ...settings, kernelBuildDir: dir, kernelBuildDirBy: 'beside its variants' });
}

/**
 * The settings of a variant, where the .config of the build without one is the
 * person's own: what the variant adds, it adds to that.
 */
export function onOwnConfig(settings: Settings): Settings {
  if (settings.variant === undefined || settings.given.some(({ key, layer }) => key === 'KERNEL_CONFIG' && layer !== undefined)) return settings;
  const normal = besideVariants(settings.variant.normal);
  const source = chosenTree(normal);
  if (isFailure(source)) return settings;
  const dotConfig = join(outputDir(normal, source), '.config');
  return isOwn(dotConfig, normal) ? Object.freeze({ ...settings, kernelConfig: dotConfig }) : settings;
}

/** @returns `tree-not-clean` where the build is to be elsewhere than in the tree, which was built in place */
export function refusedInPlace(settings: Settings, tree: string): Result<void> {
  const { kernelBuildDir: build, variant } = settings;
  const found = build === undefined || build === tree ? undefined : builtInPlace(tree);
  if (build === undefined || found === undefined) return undefined;
  return kernelFailure({
    reason: 'tree-not-clean', tree, build, found,
    variant: variant === undefined ? undefined : { name: variant.name, beside: besideDir(settings, tree), ownConfig: hasOwn(join(tree, '.config'), variant.normal) },
  });
}

function isOwn(dotConfig: string, settings: Settings): boolean {
  const whose = whoseConfig(dotConfig, copiesDir(settings.stateDir, dotConfig));
  return !isFailure(whose) && whose.whose === 'yours';
}

/** Whether something of a person's is in it: it is theirs, or they asked for single options. */
function hasOwn(dotConfig: string, settings: Settings): boolean {
  return existsSync(dotConfig) && (isOwn(dotConfig, settings) || existsSync(askedFile(settings.stateDir, dotConfig)));
}

function realTree(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // not there yet
  }
}
