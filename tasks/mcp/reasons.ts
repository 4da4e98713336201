import { failuresOf } from '../report/failure.ts';
import type { HostChange } from './host-changes.ts';

/** Why a tool does not do what it was called for. */
type McpReason =
  | { reason: 'host-change'; changes: readonly HostChange[] }
  | { reason: 'no-log'; of: string | undefined; there: readonly string[] }
  | { reason: 'not-json'; command: string };

export const mcpFailure = failuresOf<McpReason>({
  'host-change': (d) => ({
    what: `this needs what a person has to do first: ${d.changes.map(({ target }) => target).join(', ')}`,
    why: [
      ...d.changes.map(({ target, words }) => `${target}: ${words}`),
      'A tool builds and boots what is there: it installs no packages, gets no kernel source and makes no bridge.',
    ],
    fix: d.changes.map(({ fix }) => fix),
  }),
  'no-log': (d) => ({
    what: d.of === undefined ? 'there are no logs yet: nothing was built or booted here' : `there is no log of '${d.of}'`,
    why: d.there.length === 0 ? [] : [`There are logs of: ${d.there.join(', ')}`],
  }),
  'not-json': (d) => ({ what: `${d.command} printed more than can be read, or something else than JSON` }),
});
