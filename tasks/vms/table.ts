/** The list of VMs, for people and for programs. Pure. */
import { inColumns } from '../text/table.ts';
import { duration } from '../text/duration.ts';
import { shellQuote } from '../text/values.ts';
import type { VmEntry, VmNic } from './entry.ts';

interface TableOptions {
  readonly nowMs: number;
  /** Shortens a path for a person. */
  readonly short: (path: string) => string;
}

export function vmTable(vms: readonly VmEntry[], { nowMs, short }: TableOptions): string[] {
  return inColumns([
    ['NAME', 'KERNEL', 'TREE', 'FOR', 'MEMORY', 'NICS', 'COMMAND'],
    ...vms.map((vm) => [
      vm.name, vm.release ?? short(vm.kernel), vm.tree === undefined ? '-' : short(vm.tree), duration(nowMs - vm.startedMs),
      `${Math.ceil(vm.memoryBytes / 2 ** 20)}M`, vm.nics.length === 0 ? '-' : vm.nics.map(nicWords).join(' '),
      cut(purpose(vm).replaceAll(/\s+/g, ' ')),
    ]),
  ], [4]);
}

/** What a peer runs, and what check or bisect start first, is kloop's own. */
function purpose({ lab, kloop, command }: VmEntry): string {
  if (lab?.role === 'peer') return '(peer)';
  if (!['vm', 'watch'].includes(kloop[0] ?? '')) return `(${kloop.map(shellQuote).join(' ')})`;
  return command.length === 0 ? '(shell)' : command.map(shellQuote).join(' ');
}

const nicWords = ({ kind, address }: VmNic) => `${kind}${address === undefined ? '' : `:${address.replace(/\/.*/, '')}`}`;

const commandWidth = 60;
const cut = (text: string) => (text.length <= commandWidth ? text : `${text.slice(0, commandWidth - 1)}…`);

/** One array, an object each. */
export function vmsJson(vms: readonly VmEntry[]): string {
  return `${JSON.stringify(vms, undefined, 2)}\n`;
}
