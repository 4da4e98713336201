/** Makes a VM known, so that other kloops reach it, until it ends. */
import { isFailure, type Failure } from '../../report/failure.ts';
import type { VmFacts } from '../../vms/entry.ts';
import { claimVm, type ClaimedVm } from '../../vms/registry.ts';
import { serveLink, type Reachable } from './serve.ts';

interface KnownVm {
  /** Why it cannot be reached; `undefined`: it can. */
  readonly unreachable: Promise<Failure | undefined>;
  /** The VM has ended: those that are connected learn it, and its name is free. */
  close(): void;
}

export function makeKnown(name: string, facts: VmFacts, vm: Reachable): KnownVm {
  const connections = new Set<{ end(): void }>();
  let over = false;
  let claimed: ClaimedVm | undefined;
  const claim = claimVm(name, facts, (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    // It is not what keeps kloop running.
    socket.unref();
    serveLink(socket, vm);
  });
  return {
    unreachable: claim.then((made) => {
      if (isFailure(made)) return made;
      claimed = made;
      if (over) made.close();
      return undefined;
    }),
    close: () => {
      over = true;
      claimed?.close();
      // What has been written to them goes out.
      for (const socket of connections) socket.end();
    },
  };
}
