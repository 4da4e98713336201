/** What is known of vido's chances on this host. */
import { isFailure } from '../report/failure.ts';
import { readText } from '../host/files.ts';
import type { Processes } from '../host/process.ts';
import { qemuVersionOf, type VidoFacts } from './vido.ts';

/** Reads the installed vido, asks QEMU for its version. `kvmWorks` is the accelerator's verdict. */
export async function probeVido(host: { vido: string; qemu: string; kvmWorks: boolean; processes: Processes }): Promise<VidoFacts> {
  const script = readText(host.vido);
  const version = await host.processes.run({ argv: [host.qemu, '--version'], timeoutMs: 10_000 });
  return {
    script: isFailure(script) ? undefined : script,
    qemu: isFailure(version) ? undefined : qemuVersionOf(version.stdout),
    kvmWorks: host.kvmWorks,
  };
}
