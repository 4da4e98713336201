/** What passes a VM's NICs, from QEMU's pipes into files. A VM that is lost has written all: QEMU does, outside the guest. */
import { mkdirSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { codeOf, fileFailure } from '../../host/files.ts';
import type { User } from '../../host/users.ts';
import type { Result } from '../../report/failure.ts';
import type { CaptureTo, Nic } from '../description.ts';
import { nicName } from '../nic-name.ts';
import { inheritedPipe } from '../qemu/take-dump.ts';
import { PcapReader } from './pcap.ts';
import { beginning, packetBlock } from './pcapng.ts';
import { CaptureRing } from './ring.ts';

export interface Captures {
  /** Ends of pipes that QEMU is to inherit, one for each NIC. */
  readonly theirs: readonly number[];
  /** QEMU has ended: takes what is left in the pipes, and closes the files. */
  end(): void;
}

interface CaptureOptions {
  readonly to: CaptureTo;
  readonly nics: readonly Nic[];
  /** For pipes, whose names are gone at once. */
  readonly scratch: string;
  /** With whose rights QEMU runs, where these are not ours. */
  readonly user: User | undefined;
  /** Gets what a person has to know. */
  readonly say: (line: string) => void;
}

export function openCaptures({ to, nics, scratch, user, say }: CaptureOptions): Result<Captures> {
  try {
    mkdirSync(to.dir, { recursive: true });
    const opened = nics.map((nic, i) => openOne(nicName(nic, i), { to, scratch, user, say }));
    return { theirs: opened.map(({ theirs }) => theirs), end: () => { for (const one of opened) one.end(); } };
  } catch (error) {
    return fileFailure('capturing', to.dir, error);
  }
}

/** The file of a NIC's capture. */
export const captureFile = (dir: string, nic: Nic, index: number): string => join(dir, `${nicName(nic, index)}.pcapng`);

function openOne(name: string, { to, scratch, user, say }: Omit<CaptureOptions, 'nics'>): { readonly theirs: number; readonly end: () => void } {
  const path = join(to.dir, `${name}.pcapng`);
  const pipe = inheritedPipe(scratch, user);
  if ('wrong' in pipe) throw new Error(pipe.wrong);
  const reader = new PcapReader();
  const ring = new CaptureRing(path, to.mostBytes);
  let begun = false;
  let stopped = false;
  /** The pipe is read on, or QEMU would wait. */
  const take = (chunk: Buffer) => {
    const packets = reader.push(chunk);
    if (stopped || packets === undefined || reader.header === undefined) return;
    try {
      if (!begun) ring.begin(beginning(name, reader.header));
      begun = true;
      ring.add(packets.map(packetBlock));
    } catch (error) {
      stopped = true;
      say(`the capture of ${name} has stopped, and the VM goes on: ${path}: ${codeOf(error) === 'ENOSPC' ? 'the disk is full' : (error as Error).message}`);
    }
  };
  const socket = new Socket({ fd: pipe.fd, readable: true, writable: false });
  socket.on('data', take);
  socket.on('error', () => undefined);
  return {
    theirs: pipe.theirs,
    end: () => {
      if (!socket.destroyed) drain(pipe.fd, take);
      socket.destroy();
      try {
        ring.end();
      } catch (error) {
        say(`the capture of ${name} is in two files, ${path} and what came before it, ${name}.older.pcapng: ${(error as Error).message}`);
      }
      if (ring.dropped > 0) say(`${path} has the last packets alone: ${ring.dropped} went before them (VM_CAPTURE_SIZE)`);
    },
  };
}

function drain(fd: number, take: (chunk: Buffer) => void): void {
  const buffer = Buffer.alloc(1 << 16);
  try {
    for (let got = 0; (got = readSync(fd, buffer)) > 0;) take(buffer.subarray(0, got));
  } catch {
    // Nothing is left: EAGAIN.
  }
}
