/** The modules of a build, as Kbuild lists them in modules.order. Pure. */

/**
 * Their paths below the build directory: `net/ipv4/tcp_bbr.ko`. Older trees write
 * where each is to be installed, `kernel/net/…`; newer ones the object that it is
 * linked from. (scripts/Makefile.build of 3.14, 6.1, 6.18)
 *
 * @param exists whether there is such a file below the build directory: there are modules in kernel/, too
 */
export function listedModules(order: string, exists: (path: string) => boolean): string[] {
  const paths = order.split('\n').filter((line) => line !== '').map((line) => {
    const path = line.replace(/\.o$/, '.ko');
    return path.startsWith('kernel/') && !exists(path) ? path.slice('kernel/'.length) : path;
  });
  return [...new Set(paths)];
}

/** Where a module of the tree is below /lib/modules/RELEASE. (scripts/Makefile.modinst) */
export const installedPath = (module: string): string => `kernel/${module}`;
