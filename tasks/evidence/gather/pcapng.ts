/** A capture as QEMU writes it (pcap-savefile(5)) as pcapng, whose times have nanoseconds and whose interface has a name. Pure. */

interface Captured {
  readonly data: Buffer;
  readonly packets: number;
  /** Packets at the beginning that were left out. */
  readonly dropped: number;
}

const headerBytes = 24;
const packetHead = 16;
/** Times in microseconds, in this machine's order of bytes; QEMU writes no other. */
const magic = 0xa1b2c3d4;

/**
 * @param name the interface's
 * @param most so many bytes of packets at most: the last ones
 * @returns `undefined` where these bytes are not a capture of QEMU's; a last packet that is cut off is left out
 */
export function pcapngOf(pcap: Buffer, { name, most }: { readonly name: string; readonly most: number }): Captured | undefined {
  if (pcap.length < headerBytes || pcap.readUInt32LE(0) !== magic) return undefined;
  const starts: number[] = [];
  for (let at = headerBytes; at + packetHead <= pcap.length;) {
    const next = at + packetHead + pcap.readUInt32LE(at + 8);
    if (next > pcap.length) break;
    starts.push(at);
    at = next;
  }
  const last = starts.at(-1);
  const end = last === undefined ? headerBytes : last + packetHead + pcap.readUInt32LE(last + 8);
  const first = starts.findIndex((at) => end - at <= most);
  const kept = first < 0 ? [] : starts.slice(first);
  const packets = kept.map((at) => packetBlock(pcap, at));
  return { data: Buffer.concat([sectionBlock(), interfaceBlock(name, { linkType: pcap.readUInt32LE(20), snapLength: pcap.readUInt32LE(16) }), ...packets]), packets: kept.length, dropped: starts.length - kept.length };
}

const u16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer);
const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

/** Type, length, what it has, length. */
function block(type: number, body: Buffer): Buffer {
  const size = u32(body.length + 12);
  return Buffer.concat([u32(type), size, body, size]);
}

/** Version 1.0; how long the section is, is not said. */
const sectionBlock = () => block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d), u16(1, 0), Buffer.alloc(8, 0xff)]));

function interfaceBlock(name: string, { linkType, snapLength }: { readonly linkType: number; readonly snapLength: number }): Buffer {
  const option = (code: number, value: Buffer) => Buffer.concat([u16(code, value.length), padded(value)]);
  // if_name; if_tsresol: 10^-9 s; opt_endofopt.
  return block(1, Buffer.concat([u16(linkType, 0), u32(snapLength), option(2, Buffer.from(name)), option(9, Buffer.from([9])), u32(0)]));
}

/** Of the one interface. */
function packetBlock(pcap: Buffer, at: number): Buffer {
  const [seconds, microseconds, size, wire] = [0, 4, 8, 12].map((offset) => pcap.readUInt32LE(at + offset)) as [number, number, number, number];
  const time = (BigInt(seconds) * 1_000_000n + BigInt(microseconds)) * 1000n;
  return block(6, Buffer.concat([u32(0, Number(time >> 32n), Number(time & 0xffffffffn), size, wire), padded(pcap.subarray(at + packetHead, at + packetHead + size))]));
}
