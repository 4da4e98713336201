/** What is known of the VM that boots or runs now, kept for when something goes wrong in it: then it may be gone soon. */
import type { Settings } from '../../config/settings.ts';
import { bootedNow, openKernel, type Booted } from '../evidence/gather/kernel.ts';
import { commandWords, outputKept, outputOf } from '../evidence/of-vm.ts';
import { Capture } from '../host/processes/capture.ts';
import type { VmRequest } from '../machine/request.ts';
import type { WatchedVm } from './current-vm.ts';
import type { Concluded } from './run.ts';
import type { Scene } from './keep-evidence.ts';

export class CurrentScene {
  /** What the VM was asked for, and with which kernel. */
  #vm: { readonly request: VmRequest; readonly booted: Booted } | undefined;
  /** Of the run that boots or runs now. */
  #printed: { readonly run: number; readonly output: Capture } | undefined;

  /** @param foreign the kernel is not the one that is built */
  boots(request: VmRequest, foreign: boolean): void {
    this.#vm = { request, booted: bootedNow({ image: request.kernel, foreign }) };
  }

  /** What a run's command prints, from here on. What a person does in a shell is theirs. */
  begins(run: number, mode: 'shell' | 'command'): void {
    this.#printed = mode === 'command' ? { run, output: new Capture(outputKept) } : undefined;
  }

  heard(chunk: Buffer): void {
    this.#printed?.output.push(chunk);
  }

  get request(): VmRequest | undefined {
    return this.#vm?.request;
  }

  /** @returns `undefined` where no VM was there */
  of({ run, verdict }: Concluded, vm: WatchedVm, settings: Settings): Scene | undefined {
    if (this.#vm === undefined) return undefined;
    const { request, booted } = this.#vm;
    const ended = 'failure' in verdict ? verdict.failure : undefined;
    const tests = vm.failedTests?.found(ended);
    const log = ended?.words.log ?? vm.log;
    const printed = this.#printed?.run === run.number ? this.#printed.output : undefined;
    return {
      atMs: Date.now(), typed: process.argv.slice(2), request, booted, opened: openKernel(settings, booted),
      command: vm.failedTests === undefined ? commandWords(request.command) : 'the tests of --check',
      tests, outputs: tests?.outputs ?? (printed === undefined ? [] : [outputOf(printed)]),
      consoles: tests?.consoles ?? (log === undefined ? [] : [{ path: log }]),
    };
  }
}
