/** Kernels that are not built here: where a named one is, and where its modules are. */
import { existsSync, statSync } from 'node:fs';
import { release as runningRelease } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { namesIn } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import { machineFailure } from '../reasons.ts';

/** Where distributions put kernels and their modules; a test gives other places. */
interface KernelPlaces {
  /** `/boot`. */
  readonly boot: string;
  /** `/lib/modules`. */
  readonly modules: string;
  /** Of the kernel that the host runs. */
  readonly release: string;
}

const here: KernelPlaces = { boot: '/boot', modules: '/lib/modules', release: runningRelease() };

/** Whether it names a kernel rather than a file. */
function isKernelName(text: string): boolean {
  return text === 'host' || text.startsWith('installed:');
}

/**
 * The image that `--kernel` names: a path, `host` (the kernel that the host
 * runs), or `installed:VERSION` (the beginning of a release below /lib/modules).
 *
 * @returns its path; or `kernel-named`, with the releases that there are
 */
export function findKernel(text: string, cwd: string, places: KernelPlaces = here): Result<string> {
  if (!isKernelName(text)) return resolve(cwd, text);
  const installed = releases(places);
  const wanted = text === 'host' ? places.release : text.slice('installed:'.length);
  const whole = installed.filter((one) => one === wanted);
  // 6.12 does not match `6.1`.
  const found = whole.length > 0 ? whole : text === 'host' ? [] : installed.filter((one) => one.startsWith(wanted) && !/^\d/.test(one.slice(wanted.length)));
  const fail = (why: string) => machineFailure({ reason: 'kernel-named', name: text, why, installed });
  if (wanted === '') return fail('it has no version');
  if (found.length > 1) return fail(`${found.length} installed kernels match`);
  const release = found[0] ?? (text === 'host' ? wanted : undefined);
  if (release === undefined) return fail('no such kernel is installed');
  return imageOf(release, places) ?? fail(`its image is neither in ${places.boot} nor in ${join(places.modules, release)}`);
}

function releases({ modules, boot }: KernelPlaces): string[] {
  const names = new Set<string>();
  for (const name of namesIn(modules)) if (statSync(join(modules, name), { throwIfNoEntry: false })?.isDirectory()) names.add(name);
  for (const name of namesIn(boot)) {
    const release = /^vmlinu[xz]-(.+)$/.exec(name)?.[1];
    // Arch names its images by package: vmlinuz-linux-lts.
    if (release !== undefined && /^\d/.test(release)) names.add(release);
  }
  return [...names].sort();
}

/** Debian and openSUSE keep it in /boot, Arch and Fedora beside its modules. */
function imageOf(release: string, { boot, modules }: KernelPlaces): string | undefined {
  return [join(modules, release, 'vmlinuz'), join(boot, `vmlinuz-${release}`), join(boot, `vmlinux-${release}`)].find((path) => existsSync(path));
}

/**
 * The directory of a kernel's modules: the system's own; or, for a package that
 * was unpacked somewhere, the one beside its image. `undefined`: none of this
 * release is there.
 */
export function modulesOf(image: string, release: string, places: Pick<KernelPlaces, 'modules'> = here): string | undefined {
  const dir = dirname(image);
  const candidates = [
    // DIR/lib/modules/RELEASE/vmlinuz itself.
    ...(dir.endsWith(`/modules/${release}`) ? [dir] : []),
    // DIR/boot/vmlinuz-RELEASE of an unpacked package.
    ...['lib/modules', 'usr/lib/modules'].map((below) => join(dirname(dir), below, release)),
    join(places.modules, release),
  ];
  return candidates.find((path) => existsSync(path));
}
