/** A VM's memory as a kdump file: written by its QEMU into a pipe, and by us into the file. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchownSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { codeOf, fileFailure, readAt } from '../../host/files.ts';
import { makeFifo } from '../../host/processes/fifo.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { Flattened } from './flattened.ts';
import { addVmcoreinfo } from './vmcoreinfo.ts';

/** kdump's own format, which crash, drgn and makedumpfile read; with zlib, which each of them and each QEMU has. */
const dumpFormat = 'kdump-zlib';
/** How often it is asked how far it is; ms. */
const lookMs = 200;

interface DumpOptions {
  /** Asks QEMU. */
  readonly ask: (command: string, args?: object) => Promise<Result<unknown>>;
  readonly pipe: DumpPipe;
  /** A larger file is not written; bytes. */
  readonly most: number;
  readonly progress?: (share: number) => void;
  /** Makes a failure of why there is none. */
  readonly failed: (why: string) => Failure;
}

interface Taken {
  readonly bytes: number;
  /** The kernel's own account of itself is in it: without that drgn does not open it. */
  readonly hasInfo: boolean;
}

/** What a dump is until it is whole. */
export const partialOf = (file: string): string => `${file}.part`;

/** Writes a file of that name, or none. The VM stands still meanwhile, and goes on if it ran. */
export async function takeDump(file: string, options: DumpOptions): Promise<Result<Taken>> {
  const partial = partialOf(file);
  try {
    const fd = openSync(partial, 'wx+', 0o600);
    try {
      const taken = await takeDumpInto(fd, options);
      if (!isFailure(taken)) renameSync(partial, file);
      return taken;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    options.pipe.close();
    return fileFailure('keeping the dump', file, error);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** @param fd an empty file, open for reading and writing */
export async function takeDumpInto(fd: number, options: DumpOptions): Promise<Result<Taken>> {
  const { ask, pipe, failed } = options;
  try {
    const saved = save(pipe, fd, options.most);
    const begun = await ask('dump-guest-memory', { paging: false, protocol: `file:${pipe.path}`, detach: true, format: dumpFormat });
    if (isFailure(begun)) return begun;
    const wrong = await Promise.race([saved.wrong, qemusFailure(options, saved.over)]);
    if (isFailure(wrong)) return wrong;
    if (wrong !== undefined) return failed(wrong);
    const read = (at: number, size: number) => readAt(fd, at, size);
    const hasInfo = await addVmcoreinfo({ size: fstatSync(fd).size, read, write: (bytes, at) => void writeSync(fd, bytes, 0, bytes.length, at) });
    return { bytes: fstatSync(fd).size, hasInfo };
  } finally {
    pipe.close();
  }
}

/** Waits for what QEMU says went wrong, telling how far it is. */
async function qemusFailure({ ask, progress }: DumpOptions, over: () => boolean): Promise<Failure | string | undefined> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    // Then the other one knows.
    if (over()) return new Promise(() => undefined);
    const answer = await ask('query-dump');
    if (isFailure(answer)) return answer;
    const { status, completed, total } = answer as { readonly status: string; readonly completed: number; readonly total: number };
    // What was too much for us is a failure to QEMU, too.
    if (status === 'failed' && !over()) return 'QEMU could not write all of it';
    progress?.(total === 0 ? 0 : completed / total);
  }
}

interface Saving {
  /** Why it is not whole; `undefined`: it is. */
  readonly wrong: Promise<string | undefined>;
  readonly over: () => boolean;
}

function save(from: DumpPipe, to: number, most: number): Saving {
  // Closed by its owner.
  const socket = new Socket({ fd: from.fd, readable: true, writable: false });
  let over = false;
  const wrong = new Promise<string | undefined>((resolve) => {
    const end = (why: string | undefined) => {
      over = true;
      socket.destroy();
      resolve(why);
    };
    let bytes = 0;
    const file = new Flattened((part, at) => void writeSync(to, part, 0, part.length, at));
    socket.on('data', (chunk: Buffer) => {
      if (over) return;
      // QEMU has opened it: a kloop that is killed need not leave its name behind.
      if (bytes === 0) from.close();
      try {
        bytes += chunk.length;
        if (bytes > most) return end(`it has more than ${Math.round(most / 2 ** 20)} MiB`);
        file.push(chunk);
        if (file.ended) end(undefined);
      } catch (error) {
        end(codeOf(error) === 'ENOSPC' ? 'no space left on the device' : error instanceof Error ? error.message : String(error));
      }
    });
    socket.on('error', (error) => end(error.message));
    socket.on('close', () => end('QEMU has ended'));
  });
  return { wrong, over: () => over };
}

/** What QEMU writes into, and we read from. */
export interface DumpPipe {
  /** Our end; whoever reads it closes it. */
  readonly fd: number;
  /** As QEMU opens it. */
  readonly path: string;
  close(): void;
}

/** One without a name, of which QEMU inherits an end. */
interface InheritedPipe extends Omit<DumpPipe, 'path'> {
  /** That end; to be closed when QEMU has it. */
  readonly theirs: number;
}

/** @param user with whose rights QEMU runs, where these are not ours: it opens what it inherits once more, as /dev/fd/N */
export function inheritedPipe(dir: string, user?: { readonly uid: number; readonly gid: number }): InheritedPipe | { readonly wrong: string } {
  const name = join(dir, `.${randomBytes(6).toString('hex')}.pipe`);
  const named = namedPipe(name);
  if ('wrong' in named) return named;
  const theirs = openSync(name, 'w');
  if (user !== undefined) fchownSync(theirs, user.uid, user.gid);
  rmSync(name);
  return { fd: named.fd, theirs, close: () => undefined };
}

/** One that QEMU opens by its name. */
export function namedPipe(path: string): DumpPipe | { readonly wrong: string } {
  const wrong = makeFifo(path);
  if (wrong !== undefined) return { wrong };
  return { fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), path, close: () => rmSync(path, { force: true }) };
}
