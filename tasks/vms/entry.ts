/** What is written down of a VM that runs, for whoever wants to reach it. Pure. */

export interface VmNic {
  /** As the VM's description has it: `user`, `tap`, … */
  readonly kind: string;
  readonly mac: string;
  /** Where it is known beforehand: `10.0.2.15/24`. */
  readonly address?: string | undefined;
  /** On a bridge that shapes it: which, and what its link is like, as paths have it. */
  readonly over?: { readonly bridge: string; readonly profile: object } | undefined;
}

export interface VmFacts {
  /** kloop's process, which has the VM. */
  readonly pid: number;
  /** kloop's arguments, from the command's name on. */
  readonly kloop: readonly string[];
  readonly qemuPid: number;
  /** The image that was booted. */
  readonly kernel: string;
  /** The file with its symbols. */
  readonly symbols: string;
  /** Where Kbuild built it: its modules are there. Where that is known. */
  readonly build?: string | undefined;
  /** The source tree that it was built from, where it is known. */
  readonly tree?: string | undefined;
  readonly release?: string | undefined;
  /** What it was started with, in words; a shell, where nothing was named. */
  readonly command: readonly string[];
  /** Ms since 1970. */
  readonly startedMs: number;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly accel: string;
  readonly machine: string;
  readonly nics: readonly VmNic[];
  /** It has paths, or is what is at their far end: those of one directory belong together. */
  readonly lab?: { readonly dir: string; readonly role: 'vm' | 'peer' } | undefined;
  /** The kernel's console, as a file. */
  readonly console: string;
  /** STATE_DIR of the run: by it a tree's VM is known. */
  readonly stateDir: string;
  /** All of the kernel's messages go to the console. */
  readonly verbose: boolean;
  /** QEMU runs with another user's rights. */
  readonly runAs: boolean;
}

/** One VM of the list. */
export interface VmEntry extends VmFacts {
  /** No other VM of this user has it while this one runs. */
  readonly name: string;
  /** Its directory: sockets of its own may be put there, and go with it. */
  readonly dir: string;
}

export const socketOf = (dir: string): string => `${dir}/socket`;
export const factsOf = (dir: string): string => `${dir}/vm.json`;

/** @returns `undefined` where the text is not whole, or of another version of kloop */
export function parseFacts(text: string): VmFacts | undefined {
  try {
    const facts = JSON.parse(text) as VmFacts;
    return typeof facts.pid === 'number' && typeof facts.kernel === 'string' && Array.isArray(facts.nics) && typeof facts.stateDir === 'string' ? facts : undefined;
  } catch {
    return undefined;
  }
}

/** The names that are tried one after the other: `vm`, `vm-2`, `vm-3`, … */
export function* namesFrom(wanted: string): Generator<string, never> {
  yield wanted;
  for (let i = 2; ; i++) yield `${wanted}-${i}`;
}
