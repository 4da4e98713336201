/** The memory of a VM that another kloop has, as a file. */
import { join } from 'node:path';
import type { Result } from '../../report/failure.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import { namedPipe, takeDump, takeDumpInto } from '../qemu/take-dump.ts';
import { askQemu } from './ask-qemu.ts';

export { partialOf } from '../qemu/take-dump.ts';

type AskOptions = Parameters<typeof askQemu>[1];

interface DumpOptions extends Pick<AskOptions, 'vm' | 'link' | 'signal'> {
  readonly progress: (share: number) => void;
}

/** @param to the file's name; or an empty file, open for reading and writing */
export async function dumpMemory(to: string | number, { progress, ...options }: DumpOptions): ReturnType<typeof takeDump> {
  const { vm } = options;
  const doing = 'the dump of its memory';
  const failed = (said: string) => vmsFailure({ reason: 'vm-refused', name: vm.name, doing, said });
  if (vm.runAs) return failed('its QEMU runs with the rights of another user (--run-as), who has no way to us');
  const pipe = namedPipe(join(vm.dir, `dump-${process.pid}`));
  if ('wrong' in pipe) return failed(pipe.wrong);
  const ask = (execute: string, args?: object): Promise<Result<unknown>> => askQemu({ ask: 'qmp', command: { execute, ...(args === undefined ? {} : { arguments: args }) } }, { ...options, doing });
  const dump = { ask, pipe, most: Infinity, progress, failed };
  return typeof to === 'string' ? takeDump(to, dump) : takeDumpInto(to, dump);
}
