/** A program for tests: the server, with a shell script in the place of kloop. Its arguments: the script, the state directory. */
import { serve } from '../../tasks/mcp/server.ts';

const [, , script = '', stateDir = ''] = process.argv;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort('SIGTERM'));
await serve({
  program: ['/bin/sh', script], cwd: process.cwd(), tree: undefined, stateDir: () => stateDir, version: '1.2.3',
  stdin: process.stdin, stdout: process.stdout, signal: stop.signal, say: (line) => process.stderr.write(`${line}\n`), asTyped: (text) => text,
});
process.exit(0);
