/** The file with the symbols of a kernel that ran. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { symbolsPath } from '../qemu/symbols.ts';

/** Of a distribution's kernel, where the package with its debug information is installed, or unpacked where the kernel is; else what Kbuild made. */
export function symbolsOf(image: string): string {
  const release = /^vmlinuz-(.+)$/.exec(basename(image))?.[1];
  const places = release === undefined ? [] : [`usr/lib/debug/boot/vmlinux-${release}`, `usr/lib/debug/lib/modules/${release}/vmlinux`];
  return ['/', join(dirname(image), '..')].flatMap((root) => places.map((place) => join(root, place))).find((place) => existsSync(place)) ?? symbolsPath(image);
}
