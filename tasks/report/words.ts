/** What a failure says, and the one form in which it is shown: what failed, the tool's own last lines, where the full log is, the command that fixes it. */

/** A failure in words. */
export interface Words {
  /** One line: what failed, and where. */
  readonly what: string;
  /** What the tool itself said, as it came: a compiler's lines go before all else. */
  readonly said?: readonly string[];
  /** Sentences that explain, a line each. */
  readonly why?: readonly string[];
  /** A file with all of it. */
  readonly log?: string | undefined;
  /** The commands that fix it, or lead there, in order. */
  readonly fix?: readonly string[];
  /** kloop's exit status for it; 125 where nothing is said. The guest's command keeps the lower ones, as with timeout(1). */
  readonly exitStatus?: 124 | 255;
}

/** The whole message, as it goes to stderr; ends with a newline. */
export function formatWords(words: Words): string {
  const lines = [
    ...(words.said ?? []),
    `kloop: ${words.what}`,
    ...(words.why ?? []).map((line) => `  ${line}`),
    ...(words.log === undefined ? [] : [`  Full log: ${words.log}`]),
    ...(words.fix ?? []).map((command, i) => (i === 0 ? `  Next: ${command}` : `        ${command}`)),
  ];
  return `${lines.join('\n')}\n`;
}
