/** What a package carries besides the program, made from what commands and settings are declared in. pack.cjs writes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionScript } from './cli/completion.ts';
import { documentedSettings, manPage } from './cli/man-page.ts';
import { allCommands } from './commands/index.ts';
import { ownVersion } from './host/own-version.ts';

/** Texts by the names of their files. */
export async function packageFiles(root: string): Promise<[name: string, text: string][]> {
  const specs = await allCommands();
  const settings = documentedSettings(readFileSync(join(root, 'config', 'defaults.env'), 'utf8'));
  return [
    ['man/kloop.1', manPage({ specs, settings, version: ownVersion(root) })],
    ['completions/kloop.bash', completionScript('bash', specs)],
    ['completions/_kloop', completionScript('zsh', specs)],
    ['completions/kloop.fish', completionScript('fish', specs)],
  ];
}
