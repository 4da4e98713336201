import type { WordsFor } from '../report/words.ts';

export type MachineReason =
  | { reason: 'machine-todo' };

export const machineWords: WordsFor<MachineReason> = {
  'machine-todo': () => ({ what: 'todo' }),
};
