/** Data with its own checksum before it: what was garbled at rest is not read as something else. */
import { createHash } from 'node:crypto';

const sealBytes = 32;

const sealOf = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

/** What is to be written, one after the other. */
export function sealed(data: Buffer): [seal: Buffer, data: Buffer] {
  return [sealOf(data), data];
}

/** @returns the data as it was sealed; throws where it is not that */
export function unsealed(bytes: Buffer): Buffer {
  const data = bytes.subarray(sealBytes);
  if (!sealOf(data).equals(bytes.subarray(0, sealBytes))) throw new Error('damaged');
  return data;
}
