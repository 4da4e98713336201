/** What went wrong in a VM that ran one command, or a shell. */
import type { Capture } from '../host/processes/capture.ts';
import { shellQuote } from '../text/values.ts';
import type { Incident, Output } from './incident.ts';

/** A VM that has ended. */
export interface SeenVm extends Pick<Incident, 'request' | 'booted' | 'opened'> {
  /** What the command has printed; `undefined`: it was a shell, and what a person does there is theirs. */
  readonly output: Capture | undefined;
}

/** Of what a command prints; and as much again of its end. Bytes. */
export const outputKept = 64 << 10;

export type Found = Pick<Incident, 'what' | 'told' | 'splats' | 'decoded' | 'status'> & { readonly log: string | undefined };

/** @param typed kloop's command line */
export function incidentOfVm({ request, booted, opened, output }: SeenVm, { log, ...found }: Found, typed: readonly string[]): Incident {
  return {
    ...found, by: 'vm', atMs: Date.now(), typed, request, booted, opened, command: commandWords(request.command),
    outputs: output === undefined ? [] : [outputOf(output)], consoles: log === undefined ? [] : [{ path: log }],
  };
}

export const commandWords = (command: Incident['request']['command']): string | undefined => command?.map((word) => shellQuote(word.toString())).join(' ');

export const outputOf = (output: Capture): Output => ({ name: 'output.log', of: 'the command', text: { data: Buffer.from(output.text()), dropped: output.dropped } });
