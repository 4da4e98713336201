/** What uvu said of test files, also of several that ran in one process. */

const withoutColours = (text: string) => text.replaceAll(/\u001b\[[0-9;]*m/g, '');

/** uvu's closing lines, summed over the suites. */
export function countsOf(output: string): { total: number; passed: number; skipped: number } {
  const sum = (label: string) => [...withoutColours(output).matchAll(new RegExp(`^\\s+${label}:\\s+(\\d+)\\s*$`, 'gm'))].reduce((n, m) => n + Number(m[1]), 0);
  return { total: sum('Total'), passed: sum('Passed'), skipped: sum('Skipped') };
}

/** The lines around what a file says. */
export const startMark = (file: string) => `\n## ${file} begins`;
export const endMark = (file: string, seconds: number) => `\n## ${file} has ended after ${seconds.toFixed(3)} s`;

interface Said {
  readonly output: string;
  readonly seconds: number;
}

/** What each file said that ended. */
export function saidOf(output: string): Map<string, Said> {
  const found = output.matchAll(/^## (\S+) begins\n([\s\S]*?)^## \1 has ended after ([\d.]+) s$/gm);
  return new Map([...found].map(([, file = '', text = '', seconds]) => [file, { output: text, seconds: Number(seconds) }]));
}
