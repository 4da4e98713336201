/** What passed the VM's NICs last, where that was captured. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { captureFile } from '../../machine/capture/captures.ts';
import { lastPackets } from '../../machine/capture/pcapng.ts';
import type { VmRequest } from '../../machine/request.ts';
import type { Part } from './parts.ts';

/** Of each NIC; bytes. */
const most = 4 << 20;
/** A longer file is not read for its end. Bytes. */
const longest = 512 << 20;

export function captureParts({ capture, nics }: Pick<VmRequest, 'capture' | 'nics'>): Part[] {
  return capture === undefined ? [] : nics.map((nic, i) => capturePart(captureFile(capture.dir, nic, i)));
}

function capturePart(path: string): Part {
  const nic = basename(path, '.pcapng');
  const part = { name: `${nic}.pcapng`, what: `what passed the NIC ${nic}` };
  try {
    if (statSync(path).size > longest) return { ...part, why: `it is long; all of it is in ${path}` };
    const captured = lastPackets(readFileSync(path), most);
    if (captured === undefined) return { ...part, why: `${path} is not a capture` };
    return { ...part, data: captured.data, leftOut: captured.dropped === 0 ? undefined : `the first ${captured.dropped} packets are left out; more are in ${path}` };
  } catch {
    return { ...part, why: `${path} cannot be read` };
  }
}
