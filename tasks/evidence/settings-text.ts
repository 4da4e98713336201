/** kloop's settings as a file that kloop reads. Pure. */
import type { GivenSetting } from '../../config/settings.ts';
import { shellQuote } from '../text/values.ts';
import { withoutPasswords } from './secrets.ts';

/** All of them, one a line; after those that were set, where. */
export function settingsText(given: readonly GivenSetting[]): string {
  return given.map((one) => `${lineOf(one)}${one.layer === undefined ? '' : `  # ${one.layer}`}\n`).join('');
}

/** Those that were set. */
export function settingsSet(given: readonly GivenSetting[]): string[] {
  return given.filter(({ layer }) => layer !== undefined).map(lineOf);
}

const lineOf = ({ key, text }: GivenSetting) => `${key}=${text === '' ? '' : shellQuote(withoutPasswords(text))}`;
