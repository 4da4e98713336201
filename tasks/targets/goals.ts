import type { Settings } from '../../config/settings.ts';

/** The targets that a VM needs, by its settings. */
export function vmGoals(_settings: Settings): string[] {
  return ['kernel'];
}
