import type { WordsFor } from '../report/words.ts';

export type TargetReason =
  | { reason: 'target-todo' };

export const targetWords: WordsFor<TargetReason> = {
  'target-todo': () => ({ what: 'todo' }),
};
