/** A copy of a kernel tree with only what Kconfig needs: made in a moment, and free to be written to. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Copies from `tree`, leaving out what make made there, except Kconfig's own programs. */
export function kconfigTree(tree: string, to: string): string {
  mkdirSync(to, { recursive: true });
  const files = "{ echo Makefile; echo Kbuild; find . -name 'Kconfig*' -type f; find arch/x86 -maxdepth 1 -type f; find arch/x86/boot/compressed -name Makefile; "
    + "find scripts arch/x86/entry/syscalls -type f ! -name '*.o' ! -name '*.cmd' -size -200k; find scripts/basic scripts/kconfig -type f -name '*.o' -o -name '*.cmd'; find include/linux -name 'compiler*.h' -o -name kconfig.h; }";
  execFileSync('bash', ['-o', 'pipefail', '-c', `${files} | tar --create --files-from - | tar --extract --directory "$1"`, '-', to], { cwd: tree });
  return to;
}
