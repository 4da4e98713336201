import { asTyped } from '../cli/as-typed.ts';
import { ownVersion } from '../host/own-version.ts';
import { isFailure } from '../report/failure.ts';
import type { Command } from './shared/command.ts';

export const mcp: Command = {
  name: 'mcp',
  summary: 'Serve kloop to programs, by the Model Context Protocol.',
  options: [],
  examples: [
    ['-s mcp', "for an MCP client's configuration: docs/editors.md"],
    ['-s mcp -- --tree ~/linux', 'for this tree, wherever the client starts it'],
  ],
  async run(call, context) {
    const { settings, cwd, signal } = context;
    const { tree } = call.options;
    if (process.stdin.isTTY) context.say("waiting for a client's messages on stdin (docs/editors.md); Ctrl-D ends it");
    // launch.cjs has put its packages into another bundle, which no other command reads.
    const { serve } = await import('../mcp/server.ts');
    const [, launcher = ''] = process.argv;
    await serve({
      program: [process.execPath, launcher],
      cwd,
      tree: typeof tree === 'string' ? tree : undefined,
      stateDir: () => {
        const again = context.reload();
        return isFailure(again) ? again : again.settings.stateDir;
      },
      version: ownVersion(settings.projectDir),
      stdin: process.stdin,
      stdout: process.stdout,
      signal,
      say: context.say,
      asTyped,
    });
    return 0;
  },
};
