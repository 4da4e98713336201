/** How pairs of kernels got on with each other, for a person. Pure. */
import { duration } from '../../text/duration.ts';
import { inColumns } from '../../text/table.ts';
import type { MptcpCounters } from '../carried.ts';

export interface PairResult {
  /** As they were named: the VM's kernel, the peer's. */
  readonly client: string;
  readonly server: string;
  /** `status 0`, `the VM was lost`. */
  readonly result: string;
  /** By the server's kernel; `undefined`: it does not tell. */
  readonly mptcp: MptcpCounters | undefined;
  readonly tookMs: number;
}

/** What the connections of a pair were; `-`: there were none, or nobody tells. */
export function spokenText(mptcp: MptcpCounters | undefined): string {
  if (mptcp === undefined || mptcp.accepted + mptcp.connections === 0) return '-';
  if (mptcp.connections === 0 || mptcp.fallbacks >= mptcp.connections) return 'TCP';
  return `MPTCP, ${mptcp.joined} joined`;
}

/** A line for each. */
export function pairsTable(results: readonly PairResult[]): string[] {
  return inColumns([
    ['CLIENT', 'SERVER', 'RESULT', 'SPOKE', 'TOOK'],
    ...results.map(({ client, server, result, mptcp, tookMs }) => [client, server, result, spokenText(mptcp), duration(tookMs)]),
  ]);
}
