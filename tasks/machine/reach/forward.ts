/** Connections that lead into a VM which another kloop has: each is a session in the guest, which connects there. */
import { constants } from 'node:os';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { codeOf } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { GuestCommand } from '../description.ts';
import type { VmLink } from './link.ts';
import { endpointWords, type Endpoint } from './forwarding.ts';

/**
 * What connects, in the guest: the program that its sessions are forked from,
 * which is its init (../../guest/connect.c). `once`: the end of what the server
 * sends is the end of all.
 */
export const connector = (to: Endpoint, { once }: { readonly once: boolean }): GuestCommand => ({
  argv: ['/proc/self/exe', 'connect', ...(once ? ['once'] : []), ...('path' in to ? [to.path] : [to.host, String(to.port)])], cwd: '/', env: [],
});

/** Each direction ends by itself, and is no faster than it is read. @returns why there is no connection, or '' */
async function join(socket: Socket, link: VmLink, to: Endpoint): Promise<string> {
  let said = '';
  const session = link.guest.start(connector(to, { once: false }), (stream, chunk, taken) => {
    if (stream === 'out') return void socket.write(chunk, () => taken());
    said += chunk.toString();
    taken();
  });
  void session.outputEnded.then(() => socket.end());
  socket.pipe(new Writable({
    write: (chunk: Buffer, _, done) => void session.write(chunk).then(() => done()),
    final: (done) => {
      session.endInput();
      done();
    },
  }));
  socket.on('error', () => undefined); // its close follows
  socket.on('close', () => { if (!socket.readableEnded) session.signal(constants.signals.SIGKILL); });
  const end = await Promise.race([session.ended, link.gone]);
  if (end?.status !== 0) reset(socket);
  return said;
}

/** Whoever waits for an answer learns that there is none. */
function reset(socket: Socket): void {
  // A unix socket knows no reset.
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

interface ForwardOptions {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The VM that is there now; `undefined`: none. */
  readonly link: () => VmLink | undefined;
  /** Gets what is to be said, whole lines. */
  readonly print: (text: string) => void;
}

export interface Forwarded {
  /** Where it listens: the port that was free, for port 0. */
  readonly from: Endpoint;
  close(): void;
}

/** @returns `cannot-listen` */
export async function openForward({ from, to, link, print }: ForwardOptions): Promise<Result<Forwarded>> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const vm = link();
    if (vm === undefined) reset(socket);
    else void join(socket, vm, to).then(print);
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  if ('path' in from) await removeLeft(from.path);
  const code = await listening(server, from);
  if (code !== undefined) return vmsFailure({ reason: 'cannot-listen', at: endpointWords(from), port: 'port' in from ? from.port : undefined, code });
  const address = server.address();
  return { from: 'host' in from && typeof address === 'object' && address !== null ? { ...from, port: address.port } : from, close };
}

/** @returns the error's code */
function listening(server: Server, from: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.on('error', (error) => resolve(codeOf(error)));
    server.on('listening', () => resolve(undefined));
    // A socket is made with this mask, at once: nobody else may connect to it.
    const mask = process.umask(0o177);
    server.listen('path' in from ? { path: from.path } : { port: from.port, ...(from.host === '' ? {} : { host: from.host }) });
    process.umask(mask);
  });
}

/** A socket that nobody listens at: of a kloop that was killed. */
function removeLeft(path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', (error) => {
      if (codeOf(error) === 'ECONNREFUSED') rmSync(path, { force: true });
      resolve();
    });
  });
}
