/**
 * Locks between runs of kloop. A lock is a listening socket in Linux's
 * abstract namespace: the kernel gives it to one process, and takes it back
 * when that process ends in whatever way, so there is no stale lock file to
 * clear. Who waits is connected to it, is told the holder's name, and wakes
 * when the connection closes: nothing polls.
 *
 * Abstract names belong to a network namespace: two runs in different ones do
 * not see each other's locks. (unix(7))
 */
import { createHash } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { codeOf } from './files.ts';

export interface Lock {
  release(): Promise<void>;
}

interface LockRequest {
  /** What is locked: a path, or any other name. */
  readonly name: string;
  /** How the holder is called to those who wait. */
  readonly holder: string;
  /** Called when it has to wait, with the other's name. */
  readonly onWait?: (holder: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A holder that has said nothing for so long, in ms, is not going to: it was stopped (Ctrl-Z), or is stuck. */
const answerMs = 1000;

/** Takes the lock, after waiting for as long as another run holds it; `undefined` when `signal` ended the wait. */
export async function takeLock(request: LockRequest): Promise<Lock | undefined> {
  // A name in the abstract namespace has 107 bytes at most.
  const address = `\0kloop-${createHash('sha256').update(`${process.getuid?.() ?? 0}:${request.name}`).digest('hex').slice(0, 40)}`;
  while (!request.signal?.aborted) {
    const lock = await listen(address, request.holder);
    if (lock !== undefined) return lock;
    await waitForHolder(address, request);
  }
  return undefined;
}

function listen(address: string, holder: string): Promise<Lock | undefined> {
  const waiting = new Set<Socket>();
  return new Promise((resolve, reject) => {
    const server: Server = createServer((socket) => {
      waiting.add(socket);
      socket.on('close', () => waiting.delete(socket));
      socket.on('error', () => waiting.delete(socket));
      socket.write(`${holder}\n`);
    });
    server.on('error', (error) => (codeOf(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve({
        release: () => new Promise((released) => {
          server.close(() => released());
          for (const socket of waiting) socket.destroy();
        }),
      });
    });
  });
}

function waitForHolder(address: string, request: LockRequest): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const silent = setTimeout(() => request.onWait?.('another run of kloop, which is not responding: it may be stopped (Ctrl-Z)'), answerMs);
    const done = () => {
      clearTimeout(silent);
      request.signal?.removeEventListener('abort', done);
      socket.destroy();
      resolve();
    };
    let name = '';
    socket.on('data', (chunk: Buffer) => {
      const had = name.includes('\n');
      name += chunk.toString();
      clearTimeout(silent);
      if (!had && name.includes('\n')) request.onWait?.(name.trim());
    });
    socket.on('error', done); // it was released in between
    socket.on('close', done);
    request.signal?.addEventListener('abort', done, { once: true });
  });
}
