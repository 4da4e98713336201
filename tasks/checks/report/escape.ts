/** Any text, as HTML shows it: nothing in it is markup, and nothing in it is hidden. Pure. */

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * For an element's content, or a quoted attribute. Colours are left out; other
 * control characters are shown by their pictures, and those that turn the
 * direction of what follows (which can make a text read as another) by number.
 */
export function escaped(text: string): string {
  return text.replaceAll(special, shownAs);
}

const special = new RegExp([
  // A terminal's: colours and the like; its title.
  /\u001b\[[0-9;:?]*[ -/]*[@-~]/, /\u001b\][^\u0007\u001b\n]{0,200}(?:\u0007|\u001b\\)/,
  /\r\n?/, /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/,
  // A half of a pair.
  /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
].map(({ source }) => source).join('|'), 'g');

function shownAs(found: string): string {
  const code = found.charCodeAt(0);
  if (found.length > 1 && code === 0x1b) return '';
  if (code === 0x0d) return '\n';
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code < 0x7f) return entities[found] ?? found;
  return code >= 0xd800 ? '\ufffd' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
