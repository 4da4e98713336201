/** All reasons for which something can fail. Each room declares its own; words.ts words them all, or does not compile. */
import type { HostReason } from '../host/reasons.ts';
import type { GraphReason } from '../graph/reasons.ts';
import type { KernelReason } from '../kernel/reasons.ts';
import type { MachineReason } from '../machine/reasons.ts';
import type { NetworkReason } from '../network/reasons.ts';
import type { TargetReason } from '../targets/reasons.ts';

export type Reason = HostReason | GraphReason | KernelReason | MachineReason | NetworkReason | TargetReason;
