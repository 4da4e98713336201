import type { WordsFor } from '../report/words.ts';
import { makeWords, type MakeReason } from './make-reasons.ts';

export type KernelReason = MakeReason;

export const kernelWords: WordsFor<KernelReason> = {
  ...makeWords,
};
