/** A splat: what the kernel prints when it finds itself wrong. One report, with its kind, its title and its trace. Data only. */

export type SplatKind =
  | 'warning' | 'refcount' | 'bug' | 'oops' | 'general-protection' | 'list' | 'slab' | 'panic'
  | 'kasan' | 'kcsan' | 'kmsan' | 'kfence' | 'ubsan' | 'kmemleak'
  | 'lockdep' | 'rcu-usage' | 'sleeping' | 'atomic'
  | 'rcu-stall' | 'soft-lockup' | 'hard-lockup' | 'hung-task'
  | 'page-allocation' | 'oom';

/** A place in the kernel's code, as a report names it: `function+0x12/0x34 [module]`. */
export interface Frame {
  /** The index of its line among the splat's. */
  readonly line: number;
  readonly function: string;
  /** Bytes from the function's start: in a trace that of the return address, after the call. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly module?: string;
  /** False for one that the kernel marks `?`: found on the stack, perhaps not called. */
  readonly certain: boolean;
  /** The very instruction that trapped (RIP), not one after a call. */
  readonly exact: boolean;
}

export interface Splat {
  readonly kind: SplatKind;
  /** Without addresses, numbers of processes and the like: equal for the same fault in another run. */
  readonly title: string;
  /** From its first line to its end, without colour, timestamp and caller. */
  readonly lines: readonly string[];
  readonly frames: readonly Frame[];
  readonly cpu?: number;
  readonly pid?: number;
  /** Seconds since the guest's kernel began, where its lines have timestamps. */
  readonly time?: number;
}
