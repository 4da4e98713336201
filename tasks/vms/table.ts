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
      // What a peer runs is kloop's own.
      vm.lab?.role === 'peer' ? '(peer)' : vm.command.length === 0 ? '(shell)' : cut(vm.command.map(shellQuote).join(' ').replaceAll(/\s+/g, ' ')),
    ]),
  ], [4]);
}

const nicWords = ({ kind, address }: VmNic) => `${kind}${address === undefined ? '' : `:${address.replace(/\/.*/, '')}`}`;

const commandWidth = 60;
const cut = (text: string) => (text.length <= commandWidth ? text : `${text.slice(0, commandWidth - 1)}…`);

/** One array, an object each. */
export function vmsJson(vms: readonly VmEntry[]): string {
  return `${JSON.stringify(vms, undefined, 2)}\n`;
}
