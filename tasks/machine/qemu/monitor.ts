/** QEMU's monitor (QMP): one connection for all who ask. */
import type { Duplex } from 'node:stream';
import { LineSplitter } from '../../host/processes/lines.ts';

/** What QEMU answers: `return`, or `error` with its `desc`. */
export type QmpAnswer = Readonly<Record<string, unknown>>;

export class Monitor {
  readonly #socket: Duplex;
  readonly #waiting: ((answer: QmpAnswer) => void)[] = [];

  readonly #listeners = new Map<string, () => void>();
  readonly #hearers = new Set<(event: QmpAnswer) => void>();

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

  /** Hears each event, as QEMU tells it, until what is returned is called. */
  hear(hearer: (event: QmpAnswer) => void): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  /** The answer's `return`; `undefined` for an error. Never resolves where QEMU has ended. */
  async ask(command: string, args?: object): Promise<unknown> {
    return (await this.call({ execute: command, ...(args === undefined ? {} : { arguments: args }) }))['return'];
  }

  /** A command as QMP has it, without an `id`; and its whole answer. QEMU answers in the order in which it is asked. */
  call(command: object): Promise<QmpAnswer> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(`${JSON.stringify(command)}\n`);
    });
  }

  #take(line: string): void {
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    if (typeof message['event'] === 'string') {
      this.#listeners.get(message['event'])?.();
      for (const hearer of this.#hearers) hearer(message);
    }
    if ('return' in message || 'error' in message) this.#waiting.shift()?.(message);
  }
}
