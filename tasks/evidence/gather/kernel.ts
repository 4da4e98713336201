/** The kernel that ran: what its image says of itself, and its symbols. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Settings } from '../../../config/settings.ts';
import { placeOf, symbolsOf, type Ran } from '../../decode/decoder.ts';
import { buildIdOf, elfHeader, type ReadAt } from '../../host/elf.ts';
import { stateOf, type FileState } from '../../host/files.ts';
import { classifyImage } from '../../machine/qemu/image.ts';
import { isFailure } from '../../report/failure.ts';
import { bannerIn } from './banner.ts';
import type { KernelFacts } from './facts.ts';
import type { Part } from './parts.ts';
import type { Run } from './run.ts';

/** The kernel that ran, and its file as it was when it was booted: one that was built since then is another. */
export interface Booted extends Ran {
  readonly state: FileState | undefined;
}

/** To be called before it is booted. An image that cannot be looked at will not be: that is told by whoever boots it. */
export function bootedNow(ran: Ran): Booted {
  try {
    return { ...ran, state: stateOf(ran.image) };
  } catch {
    return { ...ran, state: undefined };
  }
}

const symbols = { name: 'System.map.gz', what: "the kernel's symbols, as System.map has them" };
/** Of System.map, packed. Bytes. */
const mostSymbols = 4 << 20;

/** The files of a kernel that are looked into. */
export interface OpenedKernel {
  readonly image: number | undefined;
  readonly symbols: number | undefined;
  readonly note: string | undefined;
  close(): void;
}

export function openKernel(settings: Settings, booted: Booted): OpenedKernel {
  const image = open(booted.image);
  const state = image === undefined ? undefined : fstatSync(image);
  const same = state !== undefined && state.mtimeMs === booted.state?.mtimeMs && state.size === booted.state.size;
  if (image === undefined || !same) {
    if (image !== undefined) closeSync(image);
    const note = state === undefined ? `${booted.image} is not there any more` : `${booted.image} was built again after it was booted: it is not the kernel that ran`;
    return { image: undefined, symbols: undefined, note, close: () => undefined };
  }
  const place = placeOf(settings, booted);
  const vmlinux = elfHeader(reader(image)) !== undefined ? booted.image : place === undefined ? undefined : symbolsOf(booted.image, place.build);
  const of = vmlinux === booted.image ? image : vmlinux === undefined ? undefined : open(vmlinux);
  return {
    image, symbols: of, note: undefined,
    close: () => { for (const fd of new Set([image, of])) if (fd !== undefined) closeSync(fd); },
  };
}

export async function kernelFacts(opened: OpenedKernel, run: Run): Promise<{ readonly facts: KernelFacts; readonly part: Part }> {
  if (opened.image === undefined) return { facts: { banner: undefined, buildId: undefined, notes: [opened.note ?? ''] }, part: { ...symbols, why: opened.note ?? '' } };
  if (opened.symbols === undefined) {
    const why = 'the image has none, and the vmlinux that it was made from is not beside it';
    return { facts: { banner: versionOf(opened.image), buildId: undefined, notes: [] }, part: { ...symbols, why } };
  }
  const read = reader(opened.symbols);
  return {
    facts: { banner: bannerIn(read, fstatSync(opened.symbols).size) ?? versionOf(opened.image), buildId: buildIdOf(read), notes: [] },
    part: await systemMap(opened.symbols, run),
  };
}

/** As link-vmlinux.sh makes it (scripts/mksysmap), from the very kernel that ran: the file in its tree may be a later build's. */
async function systemMap(fd: number, run: Run): Promise<Part> {
  const ran = await run({ argv: ['nm', '-n', `/proc/${process.pid}/fd/${fd}`], env: { LC_ALL: 'C' } });
  if (isFailure(ran)) return { ...symbols, why: ran.words.what };
  if (ran.status !== 0) return { ...symbols, why: `nm ended with ${ran.status}` };
  if (ran.stdout === '') return { ...symbols, why: 'the kernel was stripped of its symbols' };
  const lines = ran.stdout.split('\n').filter((line) => !/ [aNUw] | __crc_| \$[adt]| \.L/.test(line));
  const { gzipSync } = await import('node:zlib'); // it takes 4 ms to load
  const data = gzipSync(lines.join('\n'), { level: 6 });
  return data.length > mostSymbols ? { ...symbols, why: `it has ${data.length >> 20} MiB` } : { ...symbols, data };
}

/** What a bzImage's header says. */
function versionOf(fd: number): string | undefined {
  const image = classifyImage(reader(fd));
  return 'release' in image && image.release !== undefined ? `Linux ${image.release}` : undefined;
}

/** A file that cannot be read has nothing in it: a verdict waits, which must not be a failure for that. */
function reader(fd: number): ReadAt {
  return (offset, size) => {
    const bytes = Buffer.alloc(size);
    try {
      return bytes.subarray(0, readSync(fd, bytes, 0, size, offset));
    } catch {
      return bytes.subarray(0, 0);
    }
  };
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
