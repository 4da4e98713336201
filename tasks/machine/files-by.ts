/** By what the guest has the host's files: QEMU's 9p server, or a server of kloop's by FUSE. Pure. */

export type FilesBy = '9p' | 'fuse';

/** VM_FILES: by one of them, or by the better one with this kernel. */
export type FilesSetting = FilesBy | 'auto';

export interface FilesChoice {
  readonly by: FilesBy;
  /** What is below --rw-dirs; `undefined`: nothing is. */
  readonly shares?: FilesBy;
  /** For the user, where it is not what was asked for. */
  readonly note?: string;
}

export interface KernelFiles {
  readonly release: string | undefined;
  /** Whether it has one of them; `undefined`: that is not known. */
  readonly has: (by: FilesBy) => boolean | undefined;
}

/** What decides, besides the kernel. */
export interface FilesRequest {
  /** VM_FILES. */
  readonly files: FilesSetting;
  readonly runAs: string | undefined;
  readonly systemd: boolean;
  readonly rwDirs: readonly unknown[];
}

/** Options for which there is 9p alone: FUSE's server is started by the user who gives up root, and its other end is our init. */
export function optionsOf9p({ runAs, systemd }: FilesRequest): string[] {
  return [...(runAs === undefined ? [] : ['--run-as']), ...(systemd ? ['--systemd'] : [])];
}

/**
 * From 6.8 on 9p reads by netfs: a reader hangs at a file that the host replaces
 * by a longer one (to 6.13), or gets ENODATA of one that the host cuts (seen on
 * 6.18.32). By FUSE neither happens (test/machine/guest/coherence.e2e.test.ts).
 * On 6.1 both are right, and FUSE is faster: `git status` of 25,000 files takes a
 * tenth of the time. Between 5.10, from which on the guest need not ask about what
 * has not changed, and 6.1 nothing was tried.
 */
function isBetterByFuse(release: string | undefined): boolean {
  const [major = 0, minor = 0] = (release ?? '').split('.').map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 1);
}

/**
 * As asked for; and by FUSE where the kernel has no 9p, as those of Red Hat
 * Enterprise Linux. What is below --rw-dirs comes as the root does; but by FUSE
 * with an older kernel, too, for by 9p much cannot be done there (docs/guest-files.md).
 *
 * @param kernel what is known of the kernel
 */
export function filesBy(request: FilesRequest, kernel: KernelFiles): FilesChoice {
  const root = rootBy(request, kernel);
  if (request.rwDirs.length === 0) return root;
  const better = request.files === 'auto' && kernel.has('fuse') === true && optionsOf9p(request).length === 0;
  return { ...root, shares: better ? 'fuse' : root.by };
}

function rootBy(request: FilesRequest, kernel: KernelFiles): FilesChoice {
  const { release, has } = kernel;
  const [option] = optionsOf9p(request);
  if (request.files === 'fuse') {
    if (option !== undefined) return { by: '9p', note: `with ${option} the guest has the host's files by 9p, whatever VM_FILES says` };
    return has('fuse') === false ? { by: '9p', note: "this kernel has no FUSE (CONFIG_FUSE_FS): the guest has the host's files by 9p" } : { by: 'fuse' };
  }
  if (request.files === 'auto' && isBetterByFuse(release) && has('fuse') === true && option === undefined) return { by: 'fuse' };
  const onlyFuse = has('9p') === false && has('fuse') === true && option === undefined;
  return onlyFuse ? { by: 'fuse', note: "this kernel has no 9p: the guest has the host's files by FUSE" } : { by: '9p' };
}

/** What a configuration that is known says of drivers that are built in, and of the release in its head. */
export function builtInFiles(config: string | undefined): KernelFiles {
  const options = { '9p': ['9P_FS', 'NET_9P_VIRTIO'], fuse: ['FUSE_FS'] } as const;
  return {
    release: /^# Linux\/\S+ (\d+\.\d+\S*) /m.exec(config ?? '')?.[1],
    has: (by) => (config === undefined ? undefined : options[by].every((option) => new RegExp(`^CONFIG_${option}=y$`, 'm').test(config))),
  };
}
