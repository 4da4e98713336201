/** What passed the VM's NICs last, where that was captured. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { captureFile } from '../../machine/qemu/arguments.ts';
import type { VmRequest } from '../../machine/request.ts';
import type { Part } from './parts.ts';
import { pcapngOf } from './pcapng.ts';

/** Of each NIC; bytes. */
const most = 4 << 20;
/** A longer file is not read for its end. Bytes. */
const longest = 512 << 20;

export function captureParts({ captureDir, nics }: Pick<VmRequest, 'captureDir' | 'nics'>): Part[] {
  return captureDir === undefined ? [] : nics.map((nic, i) => capturePart(captureFile(captureDir, nic, i)));
}

function capturePart(path: string): Part {
  const nic = basename(path, '.pcap');
  const part = { name: `${nic}.pcapng`, what: `what passed the NIC ${nic}` };
  try {
    if (statSync(path).size > longest) return { ...part, why: `it is long; all of it is in ${path}` };
    const captured = pcapngOf(readFileSync(path), { name: nic, most });
    if (captured === undefined) return { ...part, why: `${path} is not a capture` };
    return { ...part, data: captured.data, leftOut: captured.dropped === 0 ? undefined : `the first ${captured.dropped} packets are left out; all are in ${path}` };
  } catch {
    return { ...part, why: `${path} cannot be read` };
  }
}
