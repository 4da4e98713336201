import type { WordsFor } from '../report/words.ts';

export type KernelReason =
  | { reason: 'kernel-todo' };

export const kernelWords: WordsFor<KernelReason> = {
  'kernel-todo': () => ({ what: 'todo' }),
};
