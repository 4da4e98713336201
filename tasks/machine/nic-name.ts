/** What a person calls a VM's NIC. Pure. */
import { basename } from 'node:path';
import type { Nic } from './description.ts';

/** By its path's name, where it is on one: that is its socket's. @param index among the VM's NICs, from 0 */
export const nicName = (nic: Nic, index: number): string => (nic.kind === 'path' ? basename(nic.socket) : `nic${index}`);
