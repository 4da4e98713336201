/** The build's number (`#4` in `uname -v`): each link counts it up. (init/build-version, in older trees scripts/link-vmlinux.sh) */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { textOf, writeWhole } from '../../host/files.ts';

const file = (build: string) => join(build, '.version');

/** @returns the number as the build directory has it; `undefined`: nothing was linked yet, or the number is given by KBUILD_BUILD_VERSION */
export const buildNumber = (build: string): string | undefined => textOf(file(build));

/** Puts it back, after a build that counted and does not come to its link. Where it cannot be written to, the number stays. */
export function putNumberBack(build: string, number: string | undefined): void {
  if (buildNumber(build) === number) return;
  if (number === undefined) rmSync(file(build), { force: true });
  else writeWhole(file(build), number);
}

/** Sets it back by one: the next link counts up to the same. */
export function countBack(build: string): void {
  const number = Number(buildNumber(build) ?? Number.NaN);
  putNumberBack(build, number > 1 ? `${number - 1}\n` : undefined);
}
