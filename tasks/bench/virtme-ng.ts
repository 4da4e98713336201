/** virtme-ng, to be measured beside: found on PATH, called as its users do. */
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

/**
 * `undefined` where it is not installed.
 *
 * @param bare QEMU's command line as kloop has it: where that is emulation, virtme-ng has to be told, for it goes by /dev/kvm being there
 */
export function findVirtmeNg(bare: string): VirtmeNg | undefined {
  const vng = findProgram('vng');
  if (vng === undefined) return undefined;
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
