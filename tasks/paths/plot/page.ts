/** The timeline as a page of its own, with the figures below it. Pure. */

export interface Page {
  readonly title: string;
  readonly svg: string;
  /** What a terminal shows, as it is. */
  readonly text: readonly string[];
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const pageOf = ({ title, svg, text }: Page): string => `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>
body { max-width: 80rem; margin: 1rem auto; padding: 0 1rem; font-family: sans-serif; background: #fffffe; color: #24292f }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3 } }
figure { margin: 0; overflow-x: auto }
svg { display: block; width: 100%; min-width: 44rem; height: auto }
pre { overflow-x: auto }
</style>
<h1>${escaped(title)}</h1>
<figure>${svg}</figure>
<pre>${escaped(text.join('\n'))}</pre>
</html>
`;
