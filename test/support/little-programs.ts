import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectDir } from './project.ts';

/** Compiles test/support/programs/NAME.c, static: it runs on the host and in the guest. @returns its path */
export function compileLittle(name: string, dir: string): string {
  const path = join(dir, name);
  execFileSync('gcc', ['-static', '-O2', '-w', '-o', path, join(projectDir, 'test/support/programs', `${name}.c`)], { stdio: 'ignore' });
  return path;
}
