import type { Nic } from './description.ts';

/** NICs on QEMU's own network, each on a net of its own: 10.0.2.0/24 is QEMU's usual one. */
export function userNics(wishes: readonly string[]): Nic[] {
  return wishes.map((_, i) => ({ kind: 'user', mac: `52:54:00:12:34:${(0x56 + i).toString(16)}`, net: 2 + i }));
}
