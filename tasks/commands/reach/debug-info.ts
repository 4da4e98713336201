/** `--debug-info`: for what reads a kernel that was built without. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { OptionSpec } from '../../cli/spec.ts';
import { linkTarget } from '../../host/files.ts';
import { withDebugInfo } from '../../kernel/build/debug-info.ts';
import { prepareMake } from '../../kernel/config/generate.ts';
import { makeFailure } from '../../kernel/make/reasons.ts';
import { statusLine } from '../../progress/status-line.ts';
import type { Result } from '../../report/failure.ts';
import type { Context } from '../shared/context.ts';

export const debugInfoOption: OptionSpec = { flags: '--debug-info', summary: 'with lines and types: builds the kernel once more, with -g, which takes as long as all of it, once for each kernel' };

/**
 * @param symbols the kernel's vmlinux
 * @param built where it was built, if that is known to be elsewhere
 * @returns one with its code, and with lines and types; `no-build-directory`, or what a build may fail by
 */
export async function debugInfoOf(symbols: string | undefined, built: string | undefined, context: Context): Promise<Result<string>> {
  const { settings, processes, signal, quiet, say } = context;
  const build = built ?? dirname(symbols ?? '');
  if (symbols === undefined || basename(symbols) !== 'vmlinux' || !existsSync(join(build, '.config'))) return makeFailure({ reason: 'no-build-directory', kernel: symbols });
  // Kbuild's own link, of a build that is not in its tree.
  const source = linkTarget(join(build, 'source')) ?? build;
  const status = quiet ? undefined : statusLine(process.stderr);
  const made = await withDebugInfo({
    tree: { source, build }, kernel: symbols, settings, log: context.world.logFor('debug-info'), signal, say, processes,
    prepare: (dir) => prepareMake({ ...settings, kernelBuildDir: dir }, source, processes),
    progress: ({ what, done, total }) => status?.(`debug information: ${done}${total === undefined ? '' : `/~${total}`} ${what}`),
  });
  status?.('');
  return made;
}
