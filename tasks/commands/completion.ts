import { completionScript, shells, type Shell } from '../cli/completion.ts';
import type { CommandSpec } from '../cli/spec.ts';

export const completion: CommandSpec = {
  name: 'completion',
  summary: 'Prints what teaches a shell to complete `kloop`.',
  operands: [{ name: 'shell', summary: 'default: the one in $SHELL', choices: shells }],
  options: [],
  examples: [
    ['-s completion bash >~/.local/share/bash-completion/completions/kloop', 'for good, in bash'],
    ['-s completion zsh', 'to be sourced, or kept as _kloop in a folder of $fpath'],
    ['-s completion fish >~/.config/fish/completions/kloop.fish', 'for good, in fish'],
  ],
  async run(call) {
    const { commands } = await import('./index.ts');
    const specs = await Promise.all(Object.values(commands).map((load) => load()));
    const mine = process.env['SHELL']?.split('/').pop();
    const shell = (call.operands[0] as Shell | undefined) ?? shells.find((name) => name === mine) ?? 'bash';
    process.stdout.write(completionScript(shell, specs));
    return 0;
  },
};
