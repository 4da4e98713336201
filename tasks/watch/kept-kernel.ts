/** The last kernel that was built well, kept for a watch: it stays whatever becomes of later builds. */
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { codeOf, fileFailure, linkTarget, stateOf } from '../host/files.ts';
import { isAlive } from '../host/processes/process.ts';
import { symbolsPath } from '../machine/qemu/symbols.ts';
import type { Failure } from '../report/failure.ts';

const release = 'include/config/kernel.release';

export class KeptKernel {
  readonly #parent: string;
  readonly #dir: string;
  #path: string;
  /** What it was kept from: the same again, where only modules were built. */
  #from: string | undefined;

  /** @param parent shared with other watches; each names its directory by its process. */
  constructor(parent: string, pid = process.pid) {
    this.#parent = parent;
    this.#dir = join(parent, `kernel-${pid}`);
    this.#path = join(this.#dir, 'vmlinux');
  }

  /** The image. */
  get path(): string {
    return this.#path;
  }

  /**
   * Keeps an image, and what tells of it where Kbuild has it: the symbols of a
   * bzImage, which its vmlinux has, and the configuration.
   */
  keep(built: string): Failure | undefined {
    const vmlinux = symbolsPath(built);
    const build = dirname(vmlinux);
    const path = join(this.#dir, relative(build, built));
    const from = JSON.stringify([built, ...[built, vmlinux, join(build, '.config'), join(build, release)].map((file) => stateOf(file)), linkTarget(join(build, 'source'))]);
    if (from === this.#from && stateOf(path) !== undefined) return undefined;
    try {
      mkdirSync(this.#parent, { recursive: true });
      this.#sweep();
      this.clear();
      mkdirSync(dirname(path), { recursive: true });
      linkOrCopy(built, path);
      if (vmlinux !== built) ifThere(() => linkOrCopy(vmlinux, join(this.#dir, 'vmlinux')));
      // An editor may write this one in place.
      ifThere(() => copyFileSync(join(build, '.config'), join(this.#dir, '.config')));
      // As in a build directory of Kbuild's: for those who ask what it is, and where from.
      symlinkSync(linkTarget(join(build, 'source')) ?? build, join(this.#dir, 'source'));
      // Where its modules are, and gdb's commands.
      symlinkSync(build, join(this.#dir, 'build'));
      ifThere(() => {
        mkdirSync(join(this.#dir, dirname(release)), { recursive: true });
        copyFileSync(join(build, release), join(this.#dir, release));
      });
      this.#path = path;
      this.#from = from;
      return undefined;
    } catch (error) {
      return fileFailure('keeping the kernel', path, error);
    }
  }

  /** Leaves nothing behind. */
  clear(): void {
    this.#from = undefined;
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** A watch that was killed could not clear its own. */
  #sweep(): void {
    for (const name of readdirSync(this.#parent)) {
      const pid = /^kernel-(\d+)$/.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(this.#parent, name), { recursive: true, force: true });
    }
  }
}

/** A build writes its kernel again, so that a second name for the old one's content is enough. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // another file system
  }
}

function ifThere(keep: () => void): void {
  try {
    keep();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
