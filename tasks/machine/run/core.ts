/** The memory of a VM whose kernel has panicked: written beside its console, from where the evidence takes it. */
import { closeSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive } from '../../host/processes/process.ts';
import type { User } from '../../host/users.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { coreFile, coreName } from '../core-file.ts';
import type { Monitor } from '../qemu/monitor.ts';
import { inheritedPipe, takeDump } from '../qemu/take-dump.ts';
import { machineFailure } from '../reasons.ts';

export interface Core {
  /** The end of a pipe that QEMU is to inherit; to be closed when it has. */
  readonly theirs: number;
  /**
   * Once, of a VM that stands still. @returns why there is none
   *
   * @param fd by which QEMU has its end
   */
  take(monitor: Monitor, fd: number): Promise<Failure | undefined>;
  /** The VM has ended. */
  close(): void;
}

/** @param most bytes; 0: none is taken, and there is none */
export function openCore(log: string, most: number, user: User | undefined): Result<Core | undefined> {
  if (most === 0) return undefined;
  removeLeft(dirname(log));
  const pipe = inheritedPipe(dirname(log), user);
  if ('wrong' in pipe) return failed(pipe.wrong);
  let unused = true;
  return {
    theirs: pipe.theirs,
    take: async (monitor, fd) => {
      if (!unused) return undefined;
      unused = false;
      const ask = async (execute: string, args?: object): Promise<Result<unknown>> => {
        const answer = await monitor.call({ execute, ...(args === undefined ? {} : { arguments: args }) });
        return 'error' in answer ? failed((answer['error'] as { readonly desc?: string }).desc ?? '') : answer['return'];
      };
      const taken = await takeDump(coreFile(log), { ask, pipe: { ...pipe, path: `/dev/fd/${fd}` }, most, failed });
      return isFailure(taken) ? taken : undefined;
    },
    close: () => {
      if (unused) closeSync(pipe.fd);
      unused = false;
    },
  };
}

const failed = (why: string): Failure => machineFailure({ reason: 'no-core', why });

/** What a kloop left that was killed before its evidence was kept. */
function removeLeft(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = coreName.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(dir, name), { force: true });
  }
}
