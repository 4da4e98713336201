/**
 * What the tests that were asked for want of the configuration: kselftest
 * collections' own `config` files, and KUnit's options. Kept until `config
 * --reset`: were it merged for one run of `check` alone, the next `vm` would
 * take it out again, and each would rebuild what the other has built.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { fileFailure, textOf, writeWhole } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { chosenTree } from '../source/choice.ts';

/** What tests want. */
interface TestNeeds {
  /** kselftest collections, named from tools/testing/selftests/. */
  readonly collections: readonly string[];
  /** KUnit itself, and the options that build suites in, without `CONFIG_`; absent: no KUnit. */
  readonly kunit?: readonly string[];
}

type Place = Pick<Settings, 'stateDir' | 'projectDir' | 'topDir' | 'tree' | 'kernelSources' | 'reposDir'>;

const listPath = ({ stateDir }: Pick<Settings, 'stateDir'>) => join(stateDir, 'checks', 'config.json');
const kunitPath = ({ stateDir }: Pick<Settings, 'stateDir'>) => join(stateDir, 'checks', 'kunit.config');

/** Where a kselftest collection says which options it needs. */
export const collectionConfig = (tree: string, collection: string): string => join(tree, 'tools/testing/selftests', collection, 'config');

/** The fragments, in the tree that is built; those that it does not have are left out. */
export function testFragments(settings: Place): string[] {
  const needs = readTestNeeds(settings);
  if (needs.collections.length === 0 && needs.kunit === undefined) return [];
  const tree = chosenTree(settings);
  const kunit = needs.kunit === undefined ? [] : [join(settings.projectDir, 'config', 'fragments', 'kunit.config'), kunitPath(settings)];
  const collections = isFailure(tree) ? [] : needs.collections.map((collection) => collectionConfig(tree, collection));
  return [...collections, ...kunit].filter((path) => existsSync(path));
}

function readTestNeeds(settings: Pick<Settings, 'stateDir'>): TestNeeds {
  try {
    const { collections = [], kunit } = JSON.parse(textOf(listPath(settings)) ?? '{}') as Partial<TestNeeds>;
    return { collections, ...(kunit === undefined ? {} : { kunit }) };
  } catch {
    return { collections: [] }; // it is asked for again by the next check
  }
}

/** Adds what more tests want. Tells whether anything was new. */
export function addTestNeeds(settings: Pick<Settings, 'stateDir'>, more: TestNeeds): Result<boolean> {
  const before = readTestNeeds(settings);
  const collections = [...new Set([...before.collections, ...more.collections])].sort();
  const kunit = before.kunit === undefined && more.kunit === undefined ? undefined : [...new Set([...before.kunit ?? [], ...more.kunit ?? []])].sort();
  const needs: TestNeeds = { collections, ...(kunit === undefined ? {} : { kunit }) };
  if (JSON.stringify(needs) === JSON.stringify(before)) return false;
  if (kunit !== undefined && JSON.stringify(kunit) !== JSON.stringify(before.kunit)) {
    const written = writeWhole(kunitPath(settings), kunit.map((option) => `CONFIG_${option}=y\n`).join(''));
    if (isFailure(written)) return written;
  }
  const written = writeWhole(listPath(settings), `${JSON.stringify(needs)}\n`);
  return isFailure(written) ? written : true;
}

/** What tests wanted before counts no more. */
export function forgetTestNeeds(settings: Pick<Settings, 'stateDir'>): Result<void> {
  try {
    for (const path of [listPath(settings), kunitPath(settings)]) rmSync(path, { force: true });
  } catch (error) {
    return fileFailure('removing a file', listPath(settings), error);
  }
}
