/** Under watch the peer is started with the first VM, and stays from one VM to the next; one that was lost is started again. */
import type { VmContext, VmRequest } from '../../machine/request.ts';
import { openLab, type AskedLab, type Lab } from '../../paths/lab/lab.ts';
import { isFailure, type Result } from '../../report/failure.ts';

export interface WatchedLab {
  /** Starts the peer where there is none; resolves when it serves. */
  readonly equip: (vm: VmRequest) => Promise<Result<(vm: VmRequest) => VmRequest>>;
  close(): Promise<void>;
}

export function watchedLab(asked: AskedLab, context: Pick<VmContext, 'stateDir' | 'env' | 'say' | 'signal'>): WatchedLab {
  let lab: Lab | undefined;
  const close = async () => {
    const old = lab;
    lab = undefined;
    await old?.close();
  };
  return {
    close,
    equip: async (vm) => {
      if (lab !== undefined) return lab.fit;
      const opened = await openLab(asked, vm, context);
      if (isFailure(opened)) return opened;
      lab = opened;
      const failed = await opened.before;
      if (failed !== undefined) {
        await close();
        return failed;
      }
      void opened.gone.then(() => { if (lab === opened) void close(); });
      return opened.fit;
    },
  };
}
