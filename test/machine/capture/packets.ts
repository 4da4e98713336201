/** Captures as QEMU writes them. */
const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
export const header = Buffer.concat([u32(0xa1b2c3d4), Buffer.from(Uint16Array.from([2, 4]).buffer), u32(0, 0, 256, 1)]);
/** Of a frame of 1000 bytes. */
export const packet = (seconds: number, microseconds: number, size: number): Buffer => Buffer.concat([u32(seconds, microseconds, size, 1000), Buffer.alloc(size, 0xff)]);
