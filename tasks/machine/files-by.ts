/** By what the guest has the host's files: QEMU's 9p server, or a server of kloop's by FUSE. Pure. */

export type FilesBy = '9p' | 'fuse';

export interface FilesChoice {
  readonly by: FilesBy;
  /** For the user, where it is not what was asked for. */
  readonly note?: string;
}

/** What decides, besides the kernel. */
export interface FilesRequest {
  /** VM_FILES. */
  readonly files: FilesBy;
  readonly runAs: string | undefined;
  readonly systemd: boolean;
  readonly rwDirs: readonly unknown[];
}

/** Options for which there is 9p alone: FUSE's server is started by the user who gives up root, its other end is our init, and it writes nothing. */
export function optionsOf9p({ runAs, systemd, rwDirs }: FilesRequest): string[] {
  return [...(runAs === undefined ? [] : ['--run-as']), ...(systemd ? ['--systemd'] : []), ...(rwDirs.length > 0 ? ['--rw-dirs'] : [])];
}

/**
 * As asked for; and by FUSE where the kernel has no 9p, as those of Red Hat
 * Enterprise Linux.
 *
 * @param has whether the kernel has one of them; `undefined`: it is not known
 */
export function filesBy(request: FilesRequest, has: (by: FilesBy) => boolean | undefined): FilesChoice {
  const [option] = optionsOf9p({ ...request, rwDirs: [] });
  if (request.files === 'fuse') {
    if (option !== undefined) return { by: '9p', note: `with ${option} the guest has the host's files by 9p, whatever VM_FILES says` };
    return has('fuse') === false ? { by: '9p', note: "this kernel has no FUSE (CONFIG_FUSE_FS): the guest has the host's files by 9p" } : { by: 'fuse' };
  }
  const onlyFuse = has('9p') === false && has('fuse') === true && optionsOf9p(request).length === 0;
  return onlyFuse ? { by: 'fuse', note: "this kernel has no 9p: the guest has the host's files by FUSE" } : { by: '9p' };
}

/** What a configuration that is known says of drivers that are built in. */
export function builtInFiles(config: string | undefined): (by: FilesBy) => boolean | undefined {
  const options = { '9p': ['9P_FS', 'NET_9P_VIRTIO'], fuse: ['FUSE_FS'] } as const;
  return (by) => (config === undefined ? undefined : options[by].every((option) => new RegExp(`^CONFIG_${option}=y$`, 'm').test(config)));
}
