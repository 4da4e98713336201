/** What a change is about, in a tree: its tests, and why. */
import { dirname, join } from 'node:path';
import { textOf } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import type { Asked } from '../asked.ts';
import { parseMaintainers, testsFor } from '../maintainers.ts';
import { checkFailure } from '../reasons.ts';
import { selftestCollections } from './collections.ts';
import { suitesNear } from './suites.ts';

export interface AskedFor {
  readonly asked: Asked;
  /** Why it is asked for, in words. */
  readonly why: string;
}

/** @returns or `no-maintainers`, `no-tests-for` */
export function testsAbout(tree: string, files: readonly string[]): Result<AskedFor[]> {
  const maintainers = textOf(join(tree, 'MAINTAINERS'));
  if (maintainers === undefined) return checkFailure({ reason: 'no-maintainers', tree });
  const collections = testsFor(files, parseMaintainers(maintainers), selftestCollections(tree))
    .map(({ collection, why }): AskedFor => ({ asked: { kind: 'selftest', collection, program: undefined, args: [] }, why }));
  const dirs = [...new Set(files.filter((file) => /\.[chS]$/.test(file)).map((file) => dirname(file)))];
  const suites = suitesNear(tree, dirs).filter(({ options }) => options.length > 0)
    .map(({ name, file }): AskedFor => ({ asked: { kind: 'kunit', glob: name }, why: `its source is ${file}` }));
  return collections.length + suites.length === 0 ? checkFailure({ reason: 'no-tests-for', files }) : [...collections, ...suites];
}
