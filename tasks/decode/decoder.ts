/** Which kernel it was that ran, and where it was built. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { Decoded } from '../console/annotate.ts';
import type { Splat } from '../console/splat.ts';
import { elfHeader } from '../host/elf.ts';
import { linkTarget } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { outputDir } from '../kernel/make/call.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { isFailure } from '../report/failure.ts';
import { decodeSplats, type DecodeRequest } from './decode.ts';

export interface Ran {
  /** The image that was booted. */
  readonly image: string;
  /** It is not of the tree that the settings name (`--kernel`). */
  readonly foreign: boolean;
}

/** Gives the frames of splats their source lines, as far as that can be proved. */
export type Decoder = (splats: readonly Pick<Splat, 'frames'>[], ran: Ran, signal: AbortSignal) => Promise<Decoded>;

export function makeDecoder(settings: Settings, processes: Pick<Processes, 'run'>): Decoder {
  const proved: DecodeRequest['proved'] = new Map();
  return async (splats, ran, signal) => {
    const place = placeOf(settings, ran);
    const vmlinux = place === undefined ? undefined : symbolsOf(ran.image, place.build);
    if (place === undefined || vmlinux === undefined) return new Map();
    const jobs = settings.jobs === 0 ? availableParallelism() : settings.jobs;
    return decodeSplats(splats, { vmlinux, ...place, scratch: join(settings.stateDir, 'decode'), jobs, processes, signal, proved });
  };
}

/** Where it was built, and from which tree; `undefined` where that is not known. */
export function placeOf(settings: Settings, { image, foreign }: Ran): { build: string; tree: string } | undefined {
  return foreign ? besides(image) : ours(settings);
}

function ours(settings: Settings): { build: string; tree: string } | undefined {
  const tree = chosenTree(settings);
  return isFailure(tree) ? undefined : { tree, build: outputDir(settings, tree) };
}

/** Somebody's own kernel, where it stands in the directory that it was built in. (`source` leads from there to its tree: Kbuild's own link.) */
function besides(image: string): { build: string; tree: string } | undefined {
  const build = dirname(image.replace(/arch\/[^/]+\/boot\/bzImage$/, 'vmlinux'));
  if (!existsSync(join(build, '.config'))) return undefined;
  return { build, tree: linkTarget(join(build, 'source')) ?? build };
}

/** The image itself, or the vmlinux that a bzImage was made from: one that was built after it is another kernel's. */
export function symbolsOf(image: string, build: string): string | undefined {
  if (isElf(image)) return image;
  const vmlinux = join(build, 'vmlinux');
  try {
    return statSync(vmlinux).mtimeMs <= statSync(image).mtimeMs ? vmlinux : undefined;
  } catch {
    return undefined;
  }
}

function isElf(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    try {
      return elfHeader((offset, size) => {
        const bytes = Buffer.alloc(size);
        return bytes.subarray(0, readSync(fd, bytes, 0, size, offset));
      }) !== undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
