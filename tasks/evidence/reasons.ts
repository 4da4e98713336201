/** What can go wrong with evidence that is asked for. */
import { shellQuote } from '../text/values.ts';
import { failuresOf } from '../report/failure.ts';

type EvidenceReason =
  | { reason: 'no-evidence'; name: string; nearest: string | undefined; newest: string | undefined }
  | { reason: 'not-gathered'; why: 'time' | 'asked' }
  | { reason: 'pack-name'; file: string }
  | { reason: 'pack-failed'; file: string; said: readonly string[]; status: number | string };

export const evidenceFailure = failuresOf<EvidenceReason>({
  'no-evidence': (d) => ({
    what: d.newest === undefined ? 'there is no evidence yet: nothing has gone wrong' : `there is no evidence '${d.name}'${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    fix: d.newest === undefined ? [] : ['npm run evidence'],
  }),
  'not-gathered': (d) => ({ what: d.why === 'time' ? 'it took too long' : 'kloop was asked to end meanwhile' }),
  'pack-name': (d) => ({
    what: `evidence is packed as .tar.zst or .tar.gz, not as ${d.file}`,
    fix: [`npm run evidence -- pack last ${shellQuote(`${d.file.replace(/\.[^./]*$/, '')}.tar.zst`)}`],
  }),
  'pack-failed': (d) => ({ said: d.said, what: `packing ${d.file} failed: tar ended with ${typeof d.status === 'number' ? `status ${d.status}` : d.status}`, fix: [`df -h ${shellQuote(d.file.replace(/[^/]*$/, '') || '.')}`] }),
});
