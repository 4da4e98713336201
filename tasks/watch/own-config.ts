/** The .config as kloop itself left it: that it changed so is not reported. */
import { textOf } from '../host/files.ts';
import type { RunEvent } from '../graph/event.ts';

export class OwnConfig {
  /** The file, when it is known where one is. */
  readonly #path: () => string | undefined;
  #text: string | undefined;
  #runs = false;
  #told = false;

  constructor(path: () => string | undefined) {
    this.#path = path;
  }

  /** The last build said what became of the configuration: "nothing to do" would contradict it. */
  get told(): boolean {
    return this.#told;
  }

  buildBegins(): void {
    this.#told = false;
  }

  buildEnded(): void {
    this.#text = this.#read();
  }

  note(event: RunEvent): void {
    if (!('target' in event) || event.target !== 'config') return;
    if (event.kind === 'said') this.#told = true;
    if (event.kind === 'started') this.#runs = true;
    if (event.kind === 'finished' || event.kind === 'failed' || event.kind === 'skipped') {
      this.#runs = false;
      this.#text = this.#read();
    }
  }

  /** Whether a change of this file is kloop's own doing. */
  made(path: string): boolean {
    return path === this.#path() && (this.#runs || textOf(path) === this.#text);
  }

  #read(): string | undefined {
    const path = this.#path();
    return path === undefined ? undefined : textOf(path);
  }
}
