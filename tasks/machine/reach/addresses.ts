/** The addresses of a VM's NICs that only the guest knows: DHCP gave them, or it set them itself. */
import { isFailure } from '../../report/failure.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { guestEnvironment } from '../guest/environment.ts';
import { linkTo } from './link.ts';

/** A guest that has not told them by then is busy, or hangs; ms. */
const answerMs = 1000;

/** @returns the VM with what its guest tells; as it is, where that does not answer or has no `ip` */
export async function withAddresses(vm: VmEntry): Promise<VmEntry> {
  if (vm.nics.every(({ address }) => address !== undefined)) return vm;
  const link = await linkTo(vm);
  if (isFailure(link)) return vm;
  const parts: Buffer[] = [];
  const session = link.guest.start({ argv: ['ip', '-j', 'address'], cwd: '/', env: guestEnvironment(process.env, [], '/') }, (stream, chunk, taken) => {
    if (stream === 'out') parts.push(chunk);
    taken();
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, answerMs); });
  await Promise.race([session.ended, link.gone, late]);
  clearTimeout(timer);
  link.close();
  const told = addressesIn(Buffer.concat(parts).toString());
  return { ...vm, nics: vm.nics.map((nic) => ({ ...nic, address: nic.address ?? told.get(nic.mac) })) };
}

interface Told {
  readonly address?: string;
  readonly addr_info?: readonly { readonly family?: string; readonly local?: string; readonly prefixlen?: number }[];
}

/** By MAC address, the first of each NIC, of IPv4: `192.168.1.7/24`. Pure. */
export function addressesIn(json: string): Map<string, string> {
  try {
    return new Map((JSON.parse(json) as Told[]).flatMap(({ address, addr_info = [] }) => {
      const first = addr_info.find(({ family }) => family === 'inet');
      return address === undefined || first === undefined ? [] : [[address, `${first.local}/${first.prefixlen}`] as const];
    }));
  } catch {
    return new Map();
  }
}
