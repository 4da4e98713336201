/** What can go wrong with targets that have no room of their own. */
import { failuresOf } from '../report/failure.ts';

type TargetReason =
  | { reason: 'no-static-compiler'; why: 'no-compiler' | 'no-static-libc' | 'error'; said: readonly string[]; log: string | undefined }
  | { reason: 'modules-off'; config: string; dirs: readonly string[] }
  | { reason: 'no-module-directory'; dir: string }
  | { reason: 'config-is-yours'; path: string };

export const targetFailure = failuresOf<TargetReason>({
  'modules-off': (d) => ({
    what: `this kernel can load no modules: CONFIG_MODULES is off in ${d.config}`,
    why: d.dirs.length === 0 ? [] : [`KERNEL_MODULES (--module) names ${d.dirs.join(', ')}.`],
    fix: ['npm run config -- --set CONFIG_MODULES=y --set CONFIG_MODULE_UNLOAD=y'],
  }),
  'no-module-directory': (d) => ({ what: `KERNEL_MODULES (--module): ${d.dir} isn't a directory` }),
  'config-is-yours': (d) => ({
    what: `${d.path} was edited by hand: kloop does not remove it`,
    fix: ['npm run config -- --save   # saves the changes to kernel.config', 'npm run config -- --reset  # discards them'],
  }),
  'no-static-compiler': (d) => {
    switch (d.why) {
      case 'no-compiler': return { what: "the guest's init cannot be compiled: there is no C compiler (gcc, cc, clang)", fix: ['npm run packages -- --install'] };
      case 'no-static-libc': return {
        said: d.said,
        what: "the guest's init cannot be linked: the static C library is not installed",
        why: ['Debian and Ubuntu have it in libc6-dev, Fedora in glibc-static, Arch in glibc.'],
        log: d.log,
        fix: ['npm run packages -- --install'],
      };
      case 'error': return { said: d.said, what: "the guest's init cannot be compiled", log: d.log };
    }
  },
});
