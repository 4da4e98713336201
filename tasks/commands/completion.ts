import { completionScript, shells, type Shell } from '../cli/completion.ts';
import type { Command } from './shared/command.ts';
import type { CommandSpec } from '../cli/spec.ts';

/** @param all all commands' specs */
export const completion = (all: () => Promise<readonly CommandSpec[]>): Command => ({
  name: 'completion',
  summary: 'Print a completion script for your shell.',
  operands: [{ name: 'shell', summary: 'the shell (default: the one in $SHELL)', choices: shells }],
  options: [],
  examples: [
    ['-s completion bash >~/.local/share/bash-completion/completions/kloop', 'install it for bash'],
    ['-s completion zsh', 'source it, or save it as _kloop in a directory of $fpath'],
    ['-s completion fish >~/.config/fish/completions/kloop.fish', 'install it for fish'],
  ],
  async run(call) {
    const mine = process.env['SHELL']?.split('/').pop();
    const shell = (call.operands[0] as Shell | undefined) ?? shells.find((name) => name === mine) ?? 'bash';
    process.stdout.write(completionScript(shell, await all()));
    return 0;
  },
});
