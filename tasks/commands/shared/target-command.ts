/** A command that brings one target up to date: `source`, `config`, `kernel` … have most in common. */
import { duration } from '../../text/duration.ts';
import { isFailure } from '../../report/failure.ts';
import type { TargetOptions } from '../../targets/index.ts';
import type { Context } from './context.ts';
import { finish } from '../../cli/finish.ts';
import type { Call, OptionSpec } from '../../cli/spec.ts';

export const installOption: OptionSpec = { flags: '--install', summary: 'install the host packages that are missing' };

/** @returns the exit status, after a line that describes the outcome, where what was shown has not. */
export async function bringUpTarget(
  name: string,
  call: Call,
  context: Context,
  options: TargetOptions & { readonly force?: readonly string[]; readonly goals?: readonly string[] } = {},
): Promise<number> {
  const began = performance.now();
  const goals = options.goals ?? [name];
  const ran = await context.bringUp(goals, {
    retry: `npm run ${name} -- --install`,
    ...options,
    install: call.options['install'] === true,
  });
  if (isFailure(ran)) return finish(ran);
  const made = goals.filter((goal) => ran.made.has(goal));
  const note = ran.notes.get(goals[0] ?? '');
  const told = note === undefined ? '' : ` (${note})`;
  // One that was made has been told of as it was.
  if (made.length === 0) context.say(`${name}: up to date${told}`);
  if (made.length > 1) context.say(`${name}: ${made.join(' and ')} done in ${duration(performance.now() - began)}`);
  return 0;
}
