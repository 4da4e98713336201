/**
 * The kernel tree that a run of kloop is about, where the person stands in one
 * or names one: it is the source then, as it is, whatever KERNEL_SOURCES says.
 * A value that the settings carry to whoever asks for it.
 * tasks/kernel/source/find-tree.ts finds it.
 */
export interface OwnTree {
  readonly kind: 'own';
  /** Its top: absolute, without symbolic links. */
  readonly path: string;
  /** How it was found, in words. */
  readonly why: string;
  /** The directory for what kloop keeps of it: `.kloop` at its top, or the user's where the tree is not theirs to write to. */
  readonly state: string;
  /** Its `O=` directory, where it has one; `undefined`: it is built in place, or never was. */
  readonly build: OwnBuild | undefined;
  /** The variant whose build directory the person stands in, where it is one. */
  readonly variant?: string | undefined;
}

export interface OwnBuild {
  readonly path: string;
  /** How it was found, in words. */
  readonly why: string;
  /** The person stands in it: that counts more than a settings file. */
  readonly here: boolean;
}

/** There is no tree to build, and the person is to be told rather than given another. */
export interface NoTree {
  readonly kind: 'none';
  /** The directory that was looked at. */
  readonly path: string;
  readonly met:
    /** No source is configured either. */
    | { readonly what: 'nothing' }
    /** A git repository without files. */
    | { readonly what: 'bare' }
    /** A kernel tree that lacks something, or the build directory of one that is gone. */
    | { readonly what: 'part'; readonly why: string };
}
