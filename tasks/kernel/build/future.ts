/** Objects that make compiles each time: a file of theirs is dated in the future. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { cmdPathOf, parseCmdFile } from '../inputs/cmd-file.ts';

/**
 * @param objects absolute paths
 * @param build the build directory, to which what Kbuild notes is relative
 * @returns those of them that are older than one of their files will be for a while yet
 */
export function objectsOfTheFuture(objects: readonly string[], build: string, nowMs: number): string[] {
  return objects.filter((object) => {
    try {
      const parsed = parseCmdFile(readFileSync(cmdPathOf(object), 'utf8'));
      if (typeof parsed === 'string') return false;
      return [parsed.source ?? [], parsed.deps].flat().some((file) => Math.floor(statSync(resolve(build, file), { throwIfNoEntry: false })?.mtimeMs ?? 0) > nowMs);
    } catch {
      return false; // then make's word counts, whatever it is
    }
  });
}
