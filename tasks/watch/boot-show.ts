/** A boot is told of while it goes on, each again. */
import { newestConsole } from '../machine/run/console-log.ts';
import { showBooting, type Booting } from '../machine/run/booting.ts';
import type { State } from './state.ts';

interface BootShowOptions {
  /** The console is shown already. */
  readonly verbose: boolean;
  /** Replaces the status line; `undefined` where there is none. */
  readonly status: ((text: string) => void) | undefined;
  readonly say: (line: string) => void;
  readonly short: (path: string) => string;
  /** Of now: they may change. */
  readonly settings: () => { readonly stateDir: string; readonly vmName: string };
}

export class BootShow {
  readonly #options: BootShowOptions;
  #now: { readonly run: number; readonly show: Booting } | undefined;

  constructor(options: BootShowOptions) {
    this.#options = options;
  }

  look({ vm, over }: State): void {
    const run = vm.at === 'booting' && !over ? vm.run.number : undefined;
    if (this.#now?.run === run) return;
    this.over();
    this.#now = undefined;
    const { verbose, status, say, short, settings } = this.#options;
    if (run === undefined || verbose) return;
    const { stateDir, vmName } = settings();
    this.#now = { run, show: showBooting({ status, say, console: short(newestConsole(stateDir, vmName)) }) };
  }

  shellBegun(): void {
    this.#now?.show.shellBegun();
  }

  /** Of this boot nothing more is told. */
  over(): void {
    this.#now?.show.over();
  }
}
