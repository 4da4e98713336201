/** What goes into a report to others loses its passwords. Pure. */

/** A URL without the user's name and password. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/'"]+@/gi, '$1…@');
}

/** kloop's own words as they were typed, without the values that `--pass-env` gives variables of the guest. */
export function typedWords(words: readonly string[]): string[] {
  let passing = false;
  let over = false;
  return words.map((word) => {
    if (over) return word;
    over = word === '--';
    const [, option, value] = /^(--pass-env)(?:=(.*))?$/s.exec(word) ?? [];
    if (word.startsWith('-')) passing = option !== undefined && value === undefined;
    if (value !== undefined) return `${option}=${withoutValue(value)}`;
    return withoutPasswords(passing && !word.startsWith('-') ? withoutValue(word) : word);
  });
}

const withoutValue = (word: string) => word.replace(/^([^=]*=).+$/s, '$1…');
