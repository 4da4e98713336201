/** evidence.json: what a program, or the list, reads of an evidence directory. Pure. */
import { shellQuote } from '../text/values.ts';
import type { Facts } from './gather/facts.ts';
import type { Incident } from './incident.ts';
import { isKept } from './gather/parts.ts';
import { titleOf } from './readme.ts';
import { typedWords } from './secrets.ts';

/** The name of the file. A directory without it is not evidence: it was not finished. */
export const recordName = 'evidence.json';

export interface EvidenceRecord {
  readonly title: string;
  readonly what: string;
  readonly by: Incident['by'];
  /** ms since 1970. */
  readonly atMs: number;
  readonly typed: string;
  readonly command?: string;
  readonly status?: number | string;
  readonly splats: readonly { readonly kind: string; readonly title: string }[];
  readonly kernel: { readonly image: string; readonly banner?: string; readonly buildId?: string };
  readonly commit?: string;
  readonly files: readonly { readonly name: string; readonly what: string; readonly leftOut?: string }[];
  readonly absent: readonly { readonly name: string; readonly what: string; readonly why: string }[];
}

export function recordOf(incident: Incident, { kernel, source, parts }: Facts): EvidenceRecord {
  const { what, by, atMs, typed, command, status, splats, booted } = incident;
  return {
    title: titleOf(incident), what, by, atMs, typed: ['kloop', ...typedWords(typed).map(shellQuote)].join(' '),
    ...(command === undefined ? {} : { command }), ...(status === undefined ? {} : { status }),
    splats: splats.map(({ kind, title }) => ({ kind, title })),
    kernel: { image: booted.image, ...(kernel.banner === undefined ? {} : { banner: kernel.banner }), ...(kernel.buildId === undefined ? {} : { buildId: kernel.buildId }) },
    ...(source.kind === 'git' ? { commit: source.commit } : {}),
    files: parts.filter(isKept).map(({ name, what: is, leftOut }) => ({ name, what: is, ...(leftOut === undefined ? {} : { leftOut }) })),
    absent: parts.flatMap((part) => (isKept(part) ? [] : [part])),
  };
}

/** `undefined` for what is not one. */
export function readRecord(text: string): EvidenceRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<EvidenceRecord> | null;
    return typeof record?.title === 'string' && typeof record.atMs === 'number' && typeof record.by === 'string' ? record as EvidenceRecord : undefined;
  } catch {
    return undefined;
  }
}
