/** The files of an evidence directory. Data only. */

interface Kept {
  readonly name: string;
  /** What it is, in words. */
  readonly what: string;
  readonly data: Buffer | string;
  /** What of it was left out, in words. */
  readonly leftOut?: string | undefined;
}

/** A file that is there, and that is moved: it may be large. */
interface Moved {
  readonly name: string;
  readonly what: string;
  readonly from: string;
  readonly leftOut?: undefined;
}

/** One that should be there, and is not. */
interface Absent {
  readonly name: string;
  readonly what: string;
  readonly why: string;
}

export type Part = Kept | Moved | Absent;

export const isKept = (part: Part): part is Kept | Moved => !('why' in part);
