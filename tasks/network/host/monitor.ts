/** Waits for changes of the host's network, as `ip monitor` tells them. (ip-monitor(8)) */
import type { Processes } from '../../host/processes/process.ts';

export class NetworkMonitor {
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;
  #changed = false;
  #wake: () => void = () => undefined;

  /** @param objects what is listened to: `link`, `address`, `route`, `neigh` */
  constructor(objects: readonly string[], processes: Pick<Processes, 'run'>) {
    const changed = () => {
      this.#changed = true;
      this.#wake();
    };
    this.#ended = processes.run({ argv: ['ip', 'monitor', ...objects], signal: this.#stop.signal, onLine: changed });
  }

  /**
   * Resolves when something has changed since the last call; after `ms` in any
   * case, for what changed before `ip` listened, or where it cannot (busybox's),
   * is not told.
   */
  async next(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', this.#wake, { once: true });
      });
      signal.removeEventListener('abort', this.#wake);
    }
    this.#changed = false;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}
