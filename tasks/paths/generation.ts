/** Which of the two Multipath TCPs a kernel has: they do not speak to each other. Pure. */

export type Generation = 'upstream' | 'out of tree' | 'none';

/** @param config the text of its .config; `undefined` where that is not known */
export function generationOf(config: string | undefined): Generation | undefined {
  if (config === undefined) return undefined;
  if (!/^CONFIG_MPTCP=y$/m.test(config)) return 'none';
  // Path managers and schedulers to choose from at build time: up to 5.4, out of tree.
  return /^(?:# )?CONFIG_MPTCP_(?:PM|SCHED)_ADVANCED\b/m.test(config) ? 'out of tree' : 'upstream';
}

const has = (generation: Generation) => (generation === 'none' ? 'has none' : `has the one ${generation === 'upstream' ? 'of upstream' : 'out of tree'}`);

/** Why there is no Multipath TCP between the two; `undefined`: there is, or it is not known. */
export function whyPlainTcp(vm: Generation | undefined, peer: Generation | undefined): string | undefined {
  if (vm === undefined || peer === undefined || (vm === peer && vm !== 'none')) return undefined;
  return `no Multipath TCP: the VM's kernel ${has(vm)}, the peer's ${has(peer)}. Connections fall back to TCP`;
}
