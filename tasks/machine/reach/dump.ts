/** The memory of a VM as a file, written by its QEMU. */
import { renameSync, rmSync, statSync } from 'node:fs';
import { fileFailure } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import { askQemu } from './ask-qemu.ts';

/** kdump's own format, which crash, drgn and makedumpfile read; with zlib, which each of them and each QEMU has. */
export const dumpFormat = 'kdump-zlib';

type AskOptions = Parameters<typeof askQemu>[1];

interface DumpOptions extends Pick<AskOptions, 'vm' | 'link' | 'signal'> {
  readonly progress: (share: number) => void;
}

/** How often it is asked how far it is; ms. */
const lookMs = 200;

/** @returns its size in bytes. The VM stands still meanwhile, and goes on if it ran. */
export async function dumpMemory(file: string, { progress, ...options }: DumpOptions): Promise<Result<number>> {
  const part = `${file}.part`;
  const asking = { ...options, doing: 'the dump of its memory' };
  try {
    const begun = await askQemu({ ask: 'qmp', command: { execute: 'dump-guest-memory', arguments: { paging: false, protocol: `file:${part}`, detach: true, format: dumpFormat } } }, asking);
    if (isFailure(begun)) return begun;
    for (;;) {
      const answer = await askQemu({ ask: 'qmp', command: { execute: 'query-dump' } }, asking);
      if (isFailure(answer)) return answer;
      const { status, completed, total } = answer as { readonly status: string; readonly completed: number; readonly total: number };
      if (status === 'completed') break;
      if (status === 'failed') return vmsFailure({ reason: 'vm-refused', name: options.vm.name, doing: asking.doing, said: `QEMU could not write all of it to ${file}`, fix: [`df -h ${file}`] });
      progress(total === 0 ? 0 : completed / total);
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
    renameSync(part, file);
    return statSync(file).size;
  } catch (error) {
    return fileFailure('keeping the dump', file, error);
  } finally {
    rmSync(part, { force: true });
  }
}
