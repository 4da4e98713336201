/** A text without what moves a terminal's cursor, colours it or names its window (ECMA-48: CSI and OSC sequences). Pure. */
export function withoutEscapes(text: string): string {
  return text.replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, '');
}
