import type { WordsFor } from '../report/words.ts';

export type TargetReason =
  | { reason: 'no-static-compiler'; why: 'no-compiler' | 'no-static-libc' | 'error'; said: readonly string[]; log: string | undefined };

export const targetWords: WordsFor<TargetReason> = {
  'no-static-compiler': (d) => {
    switch (d.why) {
      case 'no-compiler': return { what: "the guest's init cannot be compiled: there is no C compiler (gcc, cc, clang)", mend: ['npm run packages -- --install'] };
      case 'no-static-libc': return {
        said: d.said,
        what: "the guest's init cannot be linked: the static C library is not installed",
        why: ['Debian and Ubuntu have it in libc6-dev, Fedora in glibc-static, Arch in glibc.'],
        log: d.log,
        mend: ['npm run packages -- --install'],
      };
      case 'error': return { said: d.said, what: "the guest's init cannot be compiled", log: d.log };
    }
  },
};
