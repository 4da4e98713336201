/** QEMU's monitor (QMP), as far as a VM's end needs it. */
import type { Duplex } from 'node:stream';
import { LineSplitter } from '../../host/processes/lines.ts';

export class Monitor {
  readonly #socket: Duplex;
  readonly #waiting: ((answer: unknown) => void)[] = [];

  readonly #listeners = new Map<string, () => void>();

  constructor(socket: Duplex) {
    this.#socket = socket;
    const lines = new LineSplitter((line) => this.#take(line));
    socket.on('data', (chunk: Buffer) => lines.push(chunk));
    socket.on('error', () => undefined);
    // Nothing else is answered before this.
    void this.ask('qmp_capabilities');
  }

  send(command: string, args?: object): void {
    void this.ask(command, args);
  }

  onEvent(name: string, listener: () => void): void {
    this.#listeners.set(name, listener);
  }

  /** The answer's `return`; `undefined` for an error. Never resolves where QEMU has ended. */
  ask(command: string, args?: object): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(`${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }) })}\n`);
    });
  }

  #take(line: string): void {
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    if (typeof message['event'] === 'string') this.#listeners.get(message['event'])?.();
    if ('return' in message || 'error' in message) this.#waiting.shift()?.(message['return']);
  }
}
