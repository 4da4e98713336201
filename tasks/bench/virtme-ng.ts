/** virtme-ng, to be measured beside: found on PATH, called as its users do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, textOf } from '../host/files.ts';
import { bootDir } from '../kernel/inputs/inputs.ts';
import type { BuildDirs } from '../kernel/inputs/index-model.ts';
import type { Tools } from './tools.ts';

interface VirtmeNg {
  /** Boots a tree's image and runs `true` in it. */
  boot(tools: Tools, tree: BuildDirs): Promise<void>;
  /** Writes its own configuration into an output directory. */
  configure(tools: Tools, tree: BuildDirs, env: NodeJS.ProcessEnv): Promise<void>;
}

/** Where its guest's init looks for udevd, besides PATH. (virtme_ng_init/src/main.rs) */
const udevds = ['/usr/lib/systemd/systemd-udevd', '/lib/systemd/systemd-udevd'];

/** Whether udevd is on this host, whose root is the guest's. */
const hasUdev = (): boolean => udevds.some((path) => existsSync(path)) || findProgram('udevd') !== undefined;

/**
 * In words, why it cannot be run, where it cannot.
 *
 * @param bare QEMU's command line as kloop has it: where that is emulation, virtme-ng has to be told, for it goes by /dev/kvm being there
 */
export function findVirtmeNg(bare: string, udev = hasUdev()): VirtmeNg | string {
  const vng = findProgram('vng');
  if (vng === undefined) return 'vng is not installed';
  // Its init says "cannot find script I/O ports", runs the command on the console, and vng ends with 255 (measured, 1.41).
  if (!udev) return 'vng runs no command without udev on the host, which names the ports for its input and output: install the package udev';
  const how = /accel[ =]tcg/.test(bare) ? ['--disable-kvm'] : [];
  return {
    async boot(tools, { source, build }) {
      // It takes virtiofs where its daemon is there, whether the kernel has it or not, and ends with 255 and no word.
      const files = /^CONFIG_VIRTIO_FS=y$/m.test(textOf(join(build, '.config')) ?? '') ? [] : ['--force-9p'];
      const words = (...more: string[]) => [vng, ...how, ...files, ...more, '--run', join(build, bootDir, 'bzImage'), '--', 'true'];
      try {
        await tools.run(words(), source);
      } catch (failed) {
        // Once more, with what the kernel prints: that says why.
        await tools.run(words('--verbose'), source);
        throw failed;
      }
    },
    configure: (tools, { source, build }, env) => tools.run([vng, '--kconfig', '--skip-modules', '--configitem', 'CONFIG_MPTCP=y', `O=${build}`], source, env),
  };
}
