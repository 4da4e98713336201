/** A capture as QEMU writes it (pcap-savefile(5)), read as it comes. Pure. */

export interface PcapHeader {
  /** 1: Ethernet. */
  readonly linkType: number;
  /** A packet is cut off after so many bytes. */
  readonly snapLength: number;
}

/** A packet's head: seconds, microseconds, bytes that follow, bytes on the wire. */
export const recordHead = 16;
const headerBytes = 24;
/** Times in microseconds, in this machine's order of bytes; QEMU writes no other. */
const magic = 0xa1b2c3d4;

export class PcapReader {
  #rest: Buffer = Buffer.alloc(0);
  #header: PcapHeader | undefined;

  /** `undefined`: it has not come yet. */
  get header(): PcapHeader | undefined {
    return this.#header;
  }

  /** @returns the packets that are whole now, with their heads; `undefined`: this is not a capture of QEMU's */
  push(chunk: Buffer): Buffer[] | undefined {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#header === undefined && bytes.length >= headerBytes) {
      if (bytes.readUInt32LE(0) !== magic) return undefined;
      this.#header = { snapLength: bytes.readUInt32LE(16), linkType: bytes.readUInt32LE(20) };
      bytes = bytes.subarray(headerBytes);
    }
    const packets: Buffer[] = [];
    while (this.#header !== undefined && bytes.length >= recordHead) {
      const size = recordHead + bytes.readUInt32LE(8);
      if (bytes.length < size) break;
      packets.push(bytes.subarray(0, size));
      bytes = bytes.subarray(size);
    }
    this.#rest = Buffer.from(bytes);
    return packets;
  }
}
