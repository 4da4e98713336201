/** Tells of a failed build what a person cannot see: that the compiler is newer than the tree; with what gets past it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure } from '../../report/failure.ts';
import { makeArgsSetting, makeVariable, withEnvironment } from '../../text/make-variables.ts';
import type { BuildDirs } from '../inputs/index-model.ts';
import { lookAtTree } from '../source/tree.ts';
import { compilerCommand, gccVersion, hostCompilerCommand } from './compiler.ts';
import { installedCompilers } from './choose-compiler.ts';
import { isNewerThan, olderCompiler } from './older-compilers.ts';
import { objtoolStopped, promotedWarnings, variableFor } from './promoted.ts';
import { makeFailure } from './reasons.ts';

interface NewerCompilerRequest {
  readonly tree: BuildDirs;
  /** make's arguments as they were given. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether this tree was built before: then it is the edit that does not compile. */
  readonly builtBefore: boolean;
  readonly processes: Pick<Processes, 'run'>;
  /** The older compilers that there are, by their names. */
  readonly installed?: readonly string[];
}

/** The failure, with what is to be said of the compiler; the same where that is not the matter. */
export async function withNewerCompiler(failure: Failure, { tree, args, env, builtBefore, processes, installed }: NewerCompilerRequest): Promise<Failure> {
  if (!makeFailure.is(failure, 'compile-failed')) return failure;
  const { said } = failure.detail;
  if (objtoolStopped(said)) {
    const newer = { why: "This host's binutils is newer than this tree, whose objtool cannot read its objects.", fix: ['KERNEL_FRAGMENTS=frame-pointer npm run kernel   # instead of ORC, which needs objtool'] };
    return makeFailure({ ...failure.detail, newer });
  }
  const warnings = promotedWarnings(said);
  const looked = lookAtTree(tree.source);
  if (isFailure(looked) || (warnings.length === 0 && builtBefore)) return failure;
  const all = withEnvironment(args, env);
  const variable = variableFor(said, (path) => existsSync(join(tree.source, path)));
  const command = variable === 'HOSTCC' ? hostCompilerCommand(all) : compilerCommand(all);
  const { version: gcc } = await gccVersion(command, processes);
  if (gcc === undefined || !isNewerThan(gcc.major, looked.version)) return failure;
  const older = olderCompiler(gcc.major, looked.version, installed ?? installedCompilers());
  const offer = older === undefined ? [] : [`KERNEL_CC=${older} npm run kernel`];
  if (warnings.length === 0) {
    if (older === undefined) return failure;
    return makeFailure({ ...failure.detail, newer: { why: `gcc ${gcc.text} is newer than this tree (Linux ${looked.version.text}).`, fix: offer } });
  }
  const flags = warnings.map((name) => `-Wno-error=${name}`).join(' ');
  const value = variable === 'KCFLAGS' ? [makeVariable(args, 'KCFLAGS') ?? env['KCFLAGS'] ?? '', flags].filter((word) => word !== '').join(' ') : `${command} ${flags}`;
  return makeFailure({
    ...failure.detail,
    newer: { why: `gcc ${gcc.text} is newer than this tree (Linux ${looked.version.text}); the tree's own -Werror stopped it.`, fix: [`${makeArgsSetting(withVariable(args, variable, value))} npm run kernel`, ...offer] },
  });
}

/** KERNEL_MAKE_ARGS as it was, but for one variable. */
function withVariable(args: readonly string[], name: string, value: string): string[] {
  return [...args.filter((arg) => !arg.startsWith('O=') && !arg.startsWith(`${name}=`)), `${name}=${value}`];
}
