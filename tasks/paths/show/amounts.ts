/** Amounts as network people read them, and small bars. Pure. */

/** `5.8 MB`. */
export function bytesText(bytes: number): string {
  return scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/** `12.3 Mbit/s`. */
export function bitrateText(bits: number): string {
  return `${scaled(bits, ['bit', 'kbit', 'Mbit', 'Gbit', 'Tbit'])}/s`;
}

function scaled(amount: number, units: readonly string[]): string {
  let [value, unit] = [amount, 0];
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `29 ms`; below ten with a digit more. */
export const msText = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

export function lostText({ packets, dropped }: { readonly packets: number; readonly dropped: number }): string {
  return dropped === 0 ? '-' : `${(100 * dropped / (packets + dropped)).toFixed(1)}%`;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A part of so many characters, in eighths of one; what is not nothing is seen. */
export function bar(part: number, width: number): string {
  const count = Math.min(width * 8, Math.max(part > 0 ? 1 : 0, Math.round(part * width * 8)));
  return '█'.repeat(Math.floor(count / 8)) + (eighths[count % 8] ?? '');
}
