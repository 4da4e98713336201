/** The texts that settings and options hold, parsed. Each parser gives a value, or says in words what it expected. */
import { isAbsolute, join, normalize } from 'node:path';

export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * A size as QEMU and vido write it: `512M`, `2G`, `2.5G`. A bare number is
 * MiB, as for QEMU's `-m`.
 *
 * @returns bytes
 */
export function parseSize(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text);
  if (match === null) return { wrong: 'expected a size such as 512M or 2G' };
  const unit = units[(match[2] || 'M').toUpperCase()] ?? 1;
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) && bytes > 0 ? { value: bytes } : { wrong: 'expected a size such as 512M or 2G' };
}

const durations: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * A duration: `500ms`, `10s`, `2m`, `1h`; a bare number is seconds, as for
 * timeout(1).
 *
 * @returns ms
 */
export function parseDuration(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text);
  if (match === null) return { wrong: 'expected a duration such as 500ms, 30s or 5m' };
  const ms = Math.round(Number(match[1]) * (durations[match[2] ?? 's'] ?? 1000));
  // setTimeout's longest delay; a longer one would fire at once.
  return ms <= 2 ** 31 - 1 ? { value: ms } : { wrong: 'expected at most 24 days' };
}

/** `~` is the home directory, a relative path starts at `from`. Gives an absolute path. */
export function homeRelative(text: string, from: string, home: string): string {
  if (text === '~') return home;
  if (text.startsWith('~/')) return join(home, text.slice(2));
  return isAbsolute(text) ? normalize(text) : join(from, text);
}

/** Splits a line as a shell does: spaces part words, quotes and backslashes keep them together. Nothing is expanded. */
export function shellWords(text: string): Parsed<string[]> {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (quote !== undefined) {
      if (c === quote) quote = undefined;
      else if (c === '\\' && quote === '"' && /["\\$`]/.test(text[i + 1] ?? '')) word = (word ?? '') + (text[++i] ?? '');
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (c === '\\') {
      if (i + 1 >= text.length) return { wrong: 'a backslash at the end' };
      word = (word ?? '') + (text[++i] ?? '');
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + c;
    }
  }
  if (quote !== undefined) return { wrong: `a ${quote} that is not closed` };
  if (word !== undefined) words.push(word);
  return { value: words };
}

/** A word written so that a shell reads it back as it was. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `^]`, `^T`, `Ctrl-T`: a control character. Gives its byte, `undefined` where it isn't one. */
export function controlByte(text: string): number | undefined {
  const match = /^(?:\^|ctrl-)([@-_a-z])$/i.exec(text);
  return match?.[1] === undefined ? undefined : match[1].toUpperCase().charCodeAt(0) & 0x1f;
}
