/** What was found out about where it went wrong. Data only. */
import type { ConfigDifference } from './config-difference.ts';
import type { Part } from './parts.ts';

export interface Facts {
  /** kloop's version. */
  readonly kloop: string;
  /** The host, in words. */
  readonly host: string;
  readonly kernel: KernelFacts;
  readonly source: SourceFacts;
  readonly config: ConfigDifference | undefined;
  readonly vm: VmFacts;
  /** Settings that were set, a line each. */
  readonly settings: readonly string[];
  /** All files but README.md. */
  readonly parts: readonly Part[];
}

export interface KernelFacts {
  /** As the kernel itself says it: 'Linux version 6.1.0 (…) (gcc …) #1 …'; `undefined` where the image does not tell. */
  readonly banner: string | undefined;
  /** In hexadecimal. */
  readonly buildId: string | undefined;
  /** What a reader must know: the image was built again meanwhile, … */
  readonly notes: readonly string[];
}

export type SourceFacts =
  | {
    readonly kind: 'git';
    readonly commit: string;
    readonly subject: string;
    /** `undefined`: HEAD is detached. */
    readonly branch: string | undefined;
    /** Changed and not committed, and new; from the tree's top. */
    readonly changed: readonly string[];
    readonly added: readonly string[];
    /** Of these, those that were changed after the kernel was built. */
    readonly later: readonly string[];
    /** The difference, where it is short enough to be read. */
    readonly diff: string | undefined;
  }
  | {
    readonly kind: 'other';
    /** Why there is no more: 'it is not a git repository'. */
    readonly why: string;
    /** Changed or new since it was unpacked, where that is known. */
    readonly changed: readonly string[] | undefined;
  };

export interface VmFacts {
  /** QEMU's version, machine, processors, memory, in words. */
  readonly words: string;
  readonly commandLine: string | undefined;
}
