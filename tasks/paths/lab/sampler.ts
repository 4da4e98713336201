/** Samples of what goes over the paths, from the peer as it runs. */
import { LineSplitter } from '../../host/processes/lines.ts';
import { guestEnvironment } from '../../machine/guest/environment.ts';
import type { Guest } from '../../machine/guest/control.ts';
import { sampleProgram } from '../peer-script.ts';
import { sampleReader, type Sample } from '../sample.ts';

/** Each so many; ms. What the peer's processor has to do for one is some 2 ms, emulated. */
export const sampleMs = 100;

/**
 * Begins to; a peer whose kernel tells nothing gives none.
 *
 * @param took gets each, and when it was taken by the host's clock; ms since 1970
 */
export function startSampling(guest: Pick<Guest, 'start'>, took: (sample: Sample, hostMs: number) => void): void {
  const hostTime = clockOf();
  const read = sampleReader((sample) => took(sample, hostTime(sample.atMs, Date.now())));
  const lines = new LineSplitter(read);
  guest.start({ argv: sampleProgram(sampleMs), cwd: '/', env: guestEnvironment(process.env, [], '/') }, (_stream, chunk, taken) => {
    lines.push(chunk);
    taken();
  });
}

/** The peer's clock as the host's: what has come here the fastest has come at once. */
function clockOf(): (guestMs: number, arrivedMs: number) => number {
  let offset = Infinity;
  return (guestMs, arrivedMs) => {
    offset = Math.min(offset, arrivedMs - guestMs);
    return guestMs + offset;
  };
}
