/** How what gathers evidence runs commands. */
import type { Command, Finished } from '../../host/processes/process.ts';
import type { Result } from '../../report/failure.ts';

/** Runs a command to its end, or as long as there is time. */
export type Run = (command: Omit<Command, 'signal'>) => Promise<Result<Finished>>;
