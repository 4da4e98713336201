/** What the loop follows: the files under watch, as the last build left them, and which of their changes are news. */
import { isFailure, type Result } from '../../report/failure.ts';
import type { WatchedChange } from './change.ts';
import { watchTree, type TreeEvents, type TreeWatch } from './tree-watch.ts';
import type { Watched } from './watched.ts';

interface FeedsOptions extends Pick<TreeEvents, 'changed' | 'pause' | 'polls'> {
  /** What is to be watched; `complete`: the last build has succeeded. */
  readonly watched: (complete: boolean) => Result<Watched>;
  readonly note: (line: string) => void;
  readonly builds: () => boolean;
  /** A change of the .config that is kloop's own doing. */
  readonly ownConfig: (path: string) => boolean;
  /** The loop has been quit. */
  readonly over: () => boolean;
}

export class Feeds {
  readonly #options: FeedsOptions;
  #watch: TreeWatch | undefined;
  #watched: Watched | undefined;
  #announced = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  /** `undefined` until there is a tree. */
  get watched(): Watched | undefined {
    return this.#watched;
  }

  /** Watches what the kernel is made from now; the graph is asked once more where something new came under watch. */
  look(complete: boolean): void {
    this.#looking = this.#looking.then(async () => {
      const watched = this.#options.watched(complete);
      // No tree yet: the first build brings it, and then it is watched.
      if (isFailure(watched) || this.#options.over()) return;
      const wasComplete = this.#watched?.complete ?? true;
      this.#watched = watched;
      const began = this.#watch === undefined;
      this.#watch ??= await watchTree(watched, {
        changed: (changes) => this.#changed(changes),
        ignored: () => undefined,
        pause: this.#options.pause,
        resumed: () => this.askGraph(),
        polls: this.#options.polls,
      });
      const grew = !began && await this.#watch.look(watched);
      if (!complete) return;
      this.#announce(watched);
      if (!began && (grew || !wasComplete)) this.askGraph();
    });
  }

  /** As if something may have changed: the next build finds out. */
  askGraph(): void {
    if (this.#watched !== undefined) this.#options.changed([{ path: this.#watched.tree, kind: 'perhaps' }]);
  }

  async end(): Promise<void> {
    await this.#looking;
    await this.#watch?.close();
  }

  /** Once: from here on a save is noticed. */
  #announce(watched: Watched): void {
    if (this.#announced) return;
    this.#announced = true;
    this.#options.note(`watching ${watched.inputs.size} files of this kernel`);
  }

  #changed(changes: readonly WatchedChange[]): void {
    this.#options.changed(changes.filter((change) => {
      if (change.kind === 'config' && this.#options.ownConfig(change.path)) return false;
      // A first build makes sources of its own, and nothing tells yet which.
      return !(this.#options.builds() && change.kind === 'perhaps' && this.#watched?.complete === false && change.path !== this.#watched.tree);
    }));
  }
}
