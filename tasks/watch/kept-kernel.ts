/** The last kernel that was built well, kept for a watch: it stays whatever becomes of later builds. */
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileFailure } from '../host/files.ts';
import { isAlive } from '../host/processes/process.ts';
import type { Failure } from '../report/failure.ts';

export class KeptKernel {
  readonly path: string;
  readonly #dir: string;

  /** @param dir shared with other watches; each names its kernel by its process. */
  constructor(dir: string, pid = process.pid) {
    this.#dir = dir;
    this.path = join(dir, `vmlinux-${pid}`);
  }

  /** A build writes its kernel again, so that a second name for the old one's content is enough. */
  keep(built: string): Failure | undefined {
    try {
      mkdirSync(this.#dir, { recursive: true });
      this.#sweep();
      rmSync(this.path, { force: true });
      try {
        linkSync(built, this.path);
      } catch {
        copyFileSync(built, this.path); // another file system
      }
      return undefined;
    } catch (error) {
      return fileFailure('keeping the kernel', this.path, error);
    }
  }

  /** Leaves nothing behind. */
  clear(): void {
    rmSync(this.path, { force: true });
  }

  /** A watch that was killed could not clear its own. */
  #sweep(): void {
    for (const name of readdirSync(this.#dir)) {
      const pid = /^vmlinux-(\d+)$/.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(this.#dir, name), { force: true });
    }
  }
}
