/** Blocks of a pcapng file of one interface (draft-ietf-opsawg-pcapng), whose times have nanoseconds and whose interface has a name. Pure. */
import { recordHead, type PcapHeader } from './pcap.ts';

const u16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer);
const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

/** Of a section, an interface, a packet. */
const types = { section: 0x0a0d0d0a, face: 1, packet: 6 } as const;

/** Type, length, what it has, length. */
function block(type: number, body: Buffer): Buffer {
  const size = u32(body.length + 12);
  return Buffer.concat([u32(type), size, body, size]);
}

/** What a file begins with. @param name the interface's */
export function beginning(name: string, { linkType, snapLength }: PcapHeader): Buffer {
  const option = (code: number, value: Buffer) => Buffer.concat([u16(code, value.length), padded(value)]);
  return Buffer.concat([
    // Version 1.0; how long the section is, is not said.
    block(types.section, Buffer.concat([u32(0x1a2b3c4d), u16(1, 0), Buffer.alloc(8, 0xff)])),
    // if_name; if_tsresol: 10^-9 s; opt_endofopt.
    block(types.face, Buffer.concat([u16(linkType, 0), u32(snapLength), option(2, Buffer.from(name)), option(9, Buffer.from([9])), u32(0)])),
  ]);
}

/** @param packet as QEMU has it: PcapReader */
export function packetBlock(packet: Buffer): Buffer {
  const [seconds, microseconds, size, wire] = [0, 4, 8, 12].map((offset) => packet.readUInt32LE(offset)) as [number, number, number, number];
  const time = (BigInt(seconds) * 1_000_000n + BigInt(microseconds)) * 1000n;
  return block(types.packet, Buffer.concat([u32(0, Number(time >> 32n), Number(time & 0xffffffffn), size, wire), padded(packet.subarray(recordHead))]));
}

/** A file that was made of these, as blocks; one that is cut off is left out. `undefined`: it is not such a file. */
function blocksOf(file: Buffer): { readonly begin: Buffer; readonly packets: Buffer[] } | undefined {
  const blocks: Buffer[] = [];
  for (let at = 0; at + 12 <= file.length;) {
    const next = at + file.readUInt32LE(at + 4);
    if (next > file.length || next === at) break;
    blocks.push(file.subarray(at, next));
    at = next;
  }
  const [section, face, ...packets] = blocks;
  if (section === undefined || face === undefined || section.readUInt32LE(0) !== types.section || face.readUInt32LE(0) !== types.face) return undefined;
  return { begin: Buffer.concat([section, face]), packets };
}

export interface LastPackets {
  readonly data: Buffer;
  readonly packets: number;
  /** Packets at the beginning that were left out. */
  readonly dropped: number;
}

/** A file with the last packets alone. @param most so many bytes of packets at most */
export function lastPackets(file: Buffer, most: number): LastPackets | undefined {
  const all = blocksOf(file);
  if (all === undefined) return undefined;
  let first = all.packets.length;
  for (let bytes = 0; first > 0; first--) {
    bytes += all.packets[first - 1]?.length ?? 0;
    if (bytes > most) break;
  }
  const kept = all.packets.slice(first);
  return { data: Buffer.concat([all.begin, ...kept]), packets: kept.length, dropped: first };
}
