/** What QEMU can boot of a kernel that is named by a file or by the tree or build directory that it was built in. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readImage } from '../../machine/run/prepare.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { pathFailure } from '../reasons.ts';

/** @returns a file as it is; of a directory the vmlinux where QEMU can start that, else the bzImage; `not-built` where it has neither */
export function imageIn(path: string): Result<string> {
  if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) return path;
  const [vmlinux, bzImage] = [join(path, 'vmlinux'), join(path, 'arch/x86/boot/bzImage')];
  if (!isFailure(readImage(vmlinux))) return vmlinux;
  return existsSync(bzImage) ? bzImage : pathFailure({ reason: 'not-built', dir: path });
}
