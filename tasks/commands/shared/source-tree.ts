/** The kernel's tree, for commands that look into it before they know what to bring up. */
import { existsSync } from 'node:fs';
import type { Call } from '../../cli/spec.ts';
import { chosenTree } from '../../kernel/source/choice.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { Context } from './context.ts';

/**
 * The target `source` runs first where there is no tree yet; on a fresh machine it
 * needs host packages, which `--install` installs.
 *
 * @param by the command's name
 */
export async function sourceTree({ options }: Pick<Call, 'options'>, { settings, bringUp }: Pick<Context, 'settings' | 'bringUp'>, by: string): Promise<Result<string>> {
  const tree = chosenTree(settings);
  if (!isFailure(tree) && existsSync(tree)) return tree;
  const ran = await bringUp(['source'], { install: options['install'] === true, retry: `npm run ${by} -- --install` });
  return isFailure(ran) ? ran : chosenTree(settings);
}
