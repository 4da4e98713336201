/** What is known of vido's chances on this host. */
import { join } from 'node:path';
import { isFailure } from '../../report/failure.ts';
import { readText } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { asksOf, asksOfSource, qemuVersionOf, type VidoAsks, type VidoFacts } from './arguments.ts';

/** Where vido is, or will be. */
export interface VidoPlace {
  /** The installed one. */
  readonly vido: string;
  /** The clone that it is installed from, and will be again where it has changed. */
  readonly clone: string;
  /** What is cloned where there is no clone yet. */
  readonly source: string;
}

/** Reads vido, asks QEMU for its version. `kvmWorks` is the accelerator's verdict. */
export async function probeVido(host: VidoPlace & { qemu: string; kvmWorks: boolean; processes: Processes }): Promise<VidoFacts> {
  const version = await host.processes.run({ argv: [host.qemu, '--version'], timeoutMs: 10_000 });
  return {
    asks: asksOfFile(join(host.clone, 'vido')) ?? asksOfFile(host.vido) ?? asksOfSource(host.source),
    qemu: isFailure(version) ? undefined : qemuVersionOf(version.stdout),
    kvmWorks: host.kvmWorks,
  };
}

function asksOfFile(path: string): VidoAsks | undefined {
  const text = readText(path);
  return isFailure(text) || text === undefined ? undefined : asksOf(text);
}
