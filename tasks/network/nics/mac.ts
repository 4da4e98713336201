/** MAC addresses of the guests' NICs: always the same for a tree (or kloop's directory), a VM's name and a place, so that a router gives the same lease. Pure. */
import { createHash } from 'node:crypto';

/**
 * Locally administered and unicast: of the first byte's lowest bits, 1 is set
 * and 0 is not (IEEE 802). `slot` tells apart VMs of one name that run at once.
 */
export function macOf({ project, vm, slot, place }: { project: string; vm: string; slot: number; place: number }): string {
  const hash = createHash('sha256').update(JSON.stringify([project, vm, slot])).digest();
  return [0x02, ...hash.subarray(0, 4), place].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
