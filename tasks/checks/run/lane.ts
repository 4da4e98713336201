/** One of the VMs that tests are run in: booted when a test needs it, and again when it was lost. */
import { availableParallelism } from 'node:os';
import { prepare, type Prepared } from '../../machine/run/prepare.ts';
import type { VmRequest } from '../../machine/request.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interruption } from '../../report/interrupted.ts';
import { CheckGuest, type GuestOptions } from './guest.ts';

type LaneOptions = Omit<GuestOptions, 'prepared' | 'request'>;

/** A guest to run something in. */
interface Ready {
  readonly guest: CheckGuest;
  /** It has just booted. */
  readonly boots: boolean;
}

export class Lane {
  /** From 0. */
  readonly number: number;
  readonly #options: GuestOptions;
  #guest: CheckGuest | undefined;
  #everBooted = false;
  /** Boots that failed, since the last that did not. */
  readonly #failures: Failure[] = [];

  constructor(number: number, options: GuestOptions) {
    this.number = number;
    this.#options = options;
  }

  get accel(): 'kvm' | 'tcg' {
    return this.#options.prepared.machine.accel;
  }

  /** The guest that there is. */
  get guest(): CheckGuest | undefined {
    return this.#guest?.alive === true ? this.#guest : undefined;
  }

  get everBooted(): boolean {
    return this.#everBooted;
  }

  /** Why the last boot failed. */
  get failure(): Failure | undefined {
    return this.#failures.at(-1);
  }

  /** A kernel that has booted before may once not do so; one that never has, or twice does not, is not tried again. */
  get usable(): boolean {
    return this.#failures.length < (this.#everBooted ? 2 : 1);
  }

  /**
   * The guest that there is, or one that is booted now.
   *
   * @param fresh it boots, whatever there is
   */
  async ready({ fresh, signal, booting }: { readonly fresh: boolean; readonly signal: AbortSignal; readonly booting: () => void }): Promise<Result<Ready>> {
    const old = this.guest;
    if (old !== undefined && !fresh) return { guest: old, boots: false };
    await this.stop();
    booting();
    const guest = await CheckGuest.boot(this.#options, signal);
    if (isFailure(guest)) {
      if (!interruption.is(guest, 'interrupted')) this.#failures.push(guest);
      return guest;
    }
    this.#failures.length = 0;
    this.#everBooted = true;
    this.#guest = guest;
    return { guest, boots: true };
  }

  async stop(): Promise<void> {
    const old = this.#guest;
    this.#guest = undefined;
    await old?.stop();
  }
}

/** A lane for each request; nothing is booted yet. */
export async function makeLanes(requests: readonly VmRequest[], options: LaneOptions): Promise<Result<Lane[]>> {
  const lanes: Lane[] = [];
  const said = new Set<string>();
  const sayOnce = (line: string): void => {
    if (!said.has(line)) options.say(line);
    said.add(line);
  };
  for (const [number, request] of requests.entries()) {
    const prepared = await prepare(request, options);
    if (isFailure(prepared)) return prepared;
    for (const note of prepared.notes) sayOnce(note);
    lanes.push(new Lane(number, { ...options, say: sayOnce, request, prepared: shared(prepared, request, requests.length) }));
  }
  return lanes;
}

/** Where nobody says how many processors a VM has, it has all of the host's under KVM: of several each has its part. */
function shared(prepared: Prepared, { cpus }: VmRequest, vms: number): Prepared {
  if (cpus > 0 || vms === 1 || prepared.machine.accel !== 'kvm') return prepared;
  return { ...prepared, machine: { ...prepared.machine, cpus: Math.max(1, Math.floor(availableParallelism() / vms)) } };
}
