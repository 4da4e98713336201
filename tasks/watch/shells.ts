/** The guest's shells that have the terminal: the VM's own, and one beside the command. */
import type { Tty } from '../host/tty.ts';
import type { Session, Sink } from '../machine/guest/control.ts';
import type { Visit, WatchedVm } from './current-vm.ts';
import type { Vm } from './state.ts';
import type { Keyboard, Typist } from './terminal/keyboard.ts';
import type { Screen } from './terminal/screen.ts';

interface ShellsOptions {
  readonly mode: 'shell' | 'command';
  readonly tty: Tty | undefined;
  readonly keyboard: Keyboard | undefined;
  readonly screen: Screen;
  readonly vm: () => WatchedVm;
  readonly vmState: () => Vm;
  /** The shell beside the command has ended by itself. */
  readonly visitEnded: () => void;
}

export class Shells {
  readonly #options: ShellsOptions;
  /** A shell beside the command. */
  #visit: { readonly session: Session; reads: boolean } | undefined;
  /** What the new shell has written before it reads: it comes after its run's verdict. */
  #early: (() => void)[] = [];

  constructor(options: ShellsOptions) {
    this.#options = options;
  }

  get visited(): boolean {
    return this.#visit !== undefined;
  }

  /** The shell that what is typed belongs to, there or about to come. */
  get typist(): Typist | undefined {
    if (this.#visit !== undefined) return this.#visit;
    const { at } = this.#options.vmState();
    if (this.#options.mode !== 'shell' || (at !== 'booting' && at !== 'running' && at !== 'swapping')) return undefined;
    return { session: this.#options.vm().shell, reads: at !== 'booting' };
  }

  /** The next VM comes, and the old one's shells go. */
  vmBoots(): void {
    if (this.#options.tty?.mode === 'raw') this.leave();
    this.#visit = undefined;
    this.#early = [];
  }

  vmUp(): void {
    this.#releaseEarly();
    if (this.#options.mode === 'shell') this.#options.keyboard?.shellReads();
  }

  /** It was lost: what its shell has written is all that there will be of it. */
  vmLost(): void {
    this.#visit = undefined;
    this.#releaseEarly();
    this.leave();
  }

  /** Takes what the VM's own shell writes. */
  sink(): Sink {
    const early = this.#early;
    return (stream, chunk, taken) => {
      const pass = () => {
        this.#options.keyboard?.answered();
        (stream === 'out' ? process.stdout : process.stderr).write(chunk, () => taken());
        this.#options.screen.passed(chunk);
      };
      if (early !== this.#early) taken(); // its VM is about to go: the screen is the next one's
      else if (this.#options.vmState().at === 'booting') early.push(pass);
      else pass();
    };
  }

  /** A shell beside the command has begun, which has the terminal until it ends. */
  visit({ session, gone }: Visit): void {
    const visit = { session, reads: false };
    this.#visit = visit;
    void session.reading.then(() => {
      visit.reads = true;
      if (this.#visit === visit) this.#options.keyboard?.shellReads();
    });
    void Promise.race([session.ended, gone]).then(() => {
      if (this.#visit !== visit) return;
      this.#visit = undefined;
      this.#options.visitEnded();
    });
  }

  /** The shell is gone: its terminal is ours again before anything is written. */
  leave(): void {
    this.#options.keyboard?.set('keys');
    this.#options.screen.guestGone();
    if (this.#options.keyboard?.shellGone() === true) this.#options.screen.note('the line you were typing was lost with the old VM: it was not run');
  }

  #releaseEarly(): void {
    for (const pass of this.#early.splice(0)) pass();
  }
}
