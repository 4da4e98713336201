/** What a kernel calls itself: init/version.c's `linux_banner`, found in its image. Pure. */
import type { ReadAt } from '../../host/elf.ts';

const start = 'Linux version ';
const chunk = 1 << 20;
/** No banner is longer, with its compiler's version. Bytes. */
const longest = 1024;

export function bannerIn(read: ReadAt, size: number): string | undefined {
  for (let at = 0; at < size; at += chunk) {
    const bytes = read(at, Math.min(chunk + longest, size - at));
    for (let found = bytes.indexOf(start); found >= 0 && found < chunk; found = bytes.indexOf(start, found + 1)) {
      // Others are formats: "Linux version %s …".
      const text = /^Linux version \d[\x20-\x7e]*/.exec(bytes.toString('latin1', found, found + longest))?.[0];
      if (text !== undefined) return text;
    }
  }
  return undefined;
}
