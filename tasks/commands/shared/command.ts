/** A command: how it is called, and what it does. */
import type { Call, CommandSpec } from '../../cli/spec.ts';
import type { Context } from './context.ts';

export interface Command extends CommandSpec {
  /** @returns the exit status */
  run(call: Call, context: Context): Promise<number>;
}
