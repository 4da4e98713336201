/** KERNEL_CC: the compiler that make gets, chosen before it is called. */
import type { Settings } from '../../../config/settings.ts';
import { findProgram } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { hostFailure } from '../../host/reasons.ts';
import type { Result } from '../../report/failure.ts';
import { makeVariable, usesLlvm, withEnvironment } from '../../text/make-variables.ts';
import type { KernelTree } from '../source/tree.ts';
import { compilerCommand, gccVersion, programOf } from './compiler.ts';
import { olderCompiler, olderNames } from './older-compilers.ts';

type CompilerSettings = Pick<Settings, 'kernelMakeArgs' | 'kernelCc'>;

/** The compiler of the settings, with no `auto` left; and a line that says what was chosen. */
interface ChosenCompiler {
  readonly kernelCc: string | undefined;
  readonly words: readonly string[];
}

/** The older compilers that are installed, by the names that distributions give them. */
export function installedCompilers(): string[] {
  return olderNames.filter((name) => findProgram(name) !== undefined);
}

/** What a choice is made for, and among. */
interface Choice {
  readonly tree: KernelTree;
  readonly processes: Pick<Processes, 'run'>;
  /** Those of `olderNames` that there are. */
  readonly installed?: readonly string[];
}

/** @returns the choice; or `command-missing`, where the compiler that KERNEL_CC names is not there. */
export async function chooseCompiler({ kernelMakeArgs, kernelCc }: CompilerSettings, { tree, processes, installed }: Choice): Promise<Result<ChosenCompiler>> {
  if (kernelCc !== 'auto') {
    if (kernelCc === undefined || findProgram(kernelCc) !== undefined) return { kernelCc, words: [] };
    return hostFailure({ reason: 'command-missing', doing: `KERNEL_CC=${kernelCc}: compiling`, command: programOf(kernelCc), fix: ['KERNEL_CC=auto npm run kernel   # the best of those that are installed'] });
  }
  const none = { kernelCc: undefined, words: [] };
  const args = withEnvironment(kernelMakeArgs, process.env);
  // Whoever names a compiler has chosen.
  if (makeVariable(args, 'CC') !== undefined || usesLlvm(args)) return none;
  const { command, version } = await gccVersion(compilerCommand(args), processes);
  const older = version === undefined ? undefined : olderCompiler(version.major, tree.version, installed ?? installedCompilers());
  if (version === undefined || older === undefined) return none;
  return { kernelCc: older, words: [`${command} ${version.text} is newer than Linux ${tree.version.text}: compiling with ${older} (KERNEL_CC=auto)`] };
}
