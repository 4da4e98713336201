/** What went wrong, as whoever saw it knows it. Data only. */
import type { Decoded } from '../console/annotate.ts';
import type { Splat } from '../console/splat.ts';
import type { VmRequest } from '../machine/request.ts';
import type { Console } from './gather/consoles.ts';
import type { Cut } from './gather/cut.ts';
import type { Booted, OpenedKernel } from './gather/kernel.ts';

export interface Incident {
  /** The command of kloop's that saw it. */
  readonly by: 'vm' | 'watch' | 'check' | 'bisect' | 'each';
  /** When: ms since 1970. */
  readonly atMs: number;
  /** How it came out, in a line. */
  readonly what: string;
  /** What else the person was told of it. */
  readonly told: readonly string[];
  /** What the kernel complained of. */
  readonly splats: readonly Splat[];
  readonly decoded: Decoded;
  /** The command line of kloop's, as it was typed. */
  readonly typed: readonly string[];
  /** The command in the guest, in words; `undefined`: a shell. */
  readonly command: string | undefined;
  /** The command's exit status; or 'timed out'. */
  readonly status?: number | string;
  /** What commands printed. */
  readonly outputs: readonly Output[];
  /** Of each boot that it concerns. */
  readonly consoles: readonly Console[];
  readonly request: VmRequest;
  readonly booted: Booted;
  /** Its files, opened when it was seen: the next build replaces them. `keepEvidence` closes them. */
  readonly opened: OpenedKernel;
}

export interface Output {
  /** The file's name. */
  readonly name: string;
  /** Whose it is: 'the command', './test.sh'. */
  readonly of: string;
  readonly text: Cut;
}
