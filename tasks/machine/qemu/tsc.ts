/**
 * How fast the host's time stamp counter runs. QEMU gives it to an emulated
 * guest as it is (seen with 7.2), and a guest that is told another rate has
 * another second: told 1 GHz on a host of 2.6, its seconds took 0.4 of ours.
 */
import { join } from 'node:path';
import { readText, writeWhole } from '../../host/files.ts';
import { startChild } from '../../host/processes/child.ts';
import { guestInit } from '../guest/place.ts';
import { isFailure } from '../../report/failure.ts';

/** Measured once in each of the host's boots. @returns kHz; `undefined` where it cannot be measured */
export async function tscKhz(stateDir: string): Promise<number | undefined> {
  const boot = readText('/proc/sys/kernel/random/boot_id');
  const path = join(stateDir, 'vm', 'tsc.json');
  const known = readText(path);
  if (typeof known === 'string' && typeof boot === 'string') {
    const kept = keptIn(known);
    if (kept?.boot === boot.trim() && isRate(kept.khz)) return kept.khz;
  }
  const child = await startChild({ argv: [guestInit(stateDir), 'tsc-khz'], sockets: 0, files: [] });
  if (isFailure(child)) return undefined;
  const end = await child.ended;
  const khz = Number(child.said[0]);
  if (end.code !== 0 || !isRate(khz)) return undefined;
  // That it cannot be kept costs the next boot its 20 ms.
  if (typeof boot === 'string') writeWhole(path, `${JSON.stringify({ boot: boot.trim(), khz })}\n`);
  return khz;
}

const isRate = (khz: number | undefined): khz is number => Number.isInteger(khz) && Number(khz) >= 100_000;

function keptIn(text: string): { readonly boot?: string; readonly khz?: number } | undefined {
  try {
    return JSON.parse(text) as { boot?: string; khz?: number };
  } catch {
    return undefined;
  }
}
