/** The server: kloop's tools by the Model Context Protocol, on a pair of streams. Only `kloop mcp` loads this. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Readable, Writable } from 'node:stream';
import type { ToolCall } from './kloop-run.ts';
import type { ToolResult } from './results.ts';
import { inputs, outputs } from './schemas.ts';
import { makeToolbox, type ToolboxOptions } from './toolbox.ts';

interface ServeOptions extends ToolboxOptions {
  readonly version: string;
  readonly stdin: Readable;
  /** The protocol's alone. */
  readonly stdout: Writable;
  /** Ends the server. */
  readonly signal: AbortSignal;
  /** A line for whoever reads the server's log. */
  readonly say: (line: string) => void;
}

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

const instructions = `kloop builds the Linux kernel tree that it was started in, and boots it in a VM on a copy-on-write view of this machine's files: \
a command in the guest sees these files and cannot change them. After an edit call \`run\` (it builds what changed first) or \`check\`; \
\`build\` only compiles; \`plan\` shows what would be done and why. Builds may take minutes: ask for progress. \
What went wrong in a VM is kept: \`evidence\`, \`log\`.`;

const reads = { readOnlyHint: true, openWorldHint: false } as const;
const works = { readOnlyHint: false, destructiveHint: false, openWorldHint: false } as const;

/** Serves until the client closes its end, or `signal`. When it returns, all that was started for calls has ended. */
export async function serve(options: ServeOptions): Promise<void> {
  const server = new McpServer({ name: 'kloop', version: options.version }, { instructions });
  const running = register(server, options);
  const closed = new Promise<void>((resolve) => { server.server.onclose = resolve; });
  server.server.onerror = (error) => options.say(`mcp: ${error.message}`);
  // Calls that go on are aborted by it.
  const close = () => void server.close();
  // The transport itself does not look for the end of its input.
  options.stdin.once('end', close).once('close', close);
  options.signal.addEventListener('abort', close, { once: true });
  await server.connect(new StdioServerTransport(options.stdin, options.stdout));
  if (options.signal.aborted) close();
  await closed;
  await Promise.allSettled(running);
}

/** @returns the calls that go on */
function register(server: McpServer, options: ServeOptions): ReadonlySet<Promise<unknown>> {
  const tools = makeToolbox(options);
  const running = new Set<Promise<unknown>>();
  const answer = async (result: Promise<ToolResult>): Promise<CallToolResult> => {
    running.add(result);
    try {
      return asCallResult(await result);
    } finally {
      running.delete(result);
    }
  };
  server.registerTool('plan', {
    description: 'Tell what a build would do and why, target by target; nothing is run.',
    inputSchema: inputs.plan, outputSchema: outputs.plan, annotations: reads,
  }, (input, extra) => answer(tools.plan(input, callOf(extra))));
  server.registerTool('build', {
    description: 'Bring the kernel up to date: configures it where there is no .config, and compiles what changed.',
    inputSchema: inputs.build, outputSchema: outputs.build, annotations: { ...works, idempotentHint: true },
  }, (input, extra) => answer(tools.build(input, callOf(extra))));
  server.registerTool('run', {
    description: 'Bring the kernel up to date, boot it in a VM, and run a command in it as root. What the guest writes does not reach the host.',
    inputSchema: inputs.run, outputSchema: outputs.run, annotations: works,
  }, (input, extra) => answer(tools.run(input, callOf(extra))));
  server.registerTool('check', {
    description: "Bring the kernel up to date, and run the kernel's own tests (kselftest, KUnit) or programs in it, with a verdict for each, and what fails newly.",
    inputSchema: inputs.check, outputSchema: outputs.check, annotations: works,
  }, (input, extra) => answer(tools.check(input, callOf(extra))));
  server.registerTool('log', {
    description: "The last lines of the newest log of a target, or of a VM's console.",
    inputSchema: inputs.log, outputSchema: outputs.log, annotations: reads,
  }, (input, extra) => answer(tools.log(input, callOf(extra))));
  server.registerTool('evidence', {
    description: 'What is kept of VMs that were lost, kernels that complained, tests that failed: the list, or one report.',
    inputSchema: inputs.evidence, outputSchema: outputs.evidence, annotations: reads,
  }, (input, extra) => answer(tools.evidence(input, callOf(extra))));
  server.registerTool('doctor', {
    description: 'What this host lacks for kloop, and the commands by which a person fixes it; nothing is changed.',
    inputSchema: inputs.doctor, outputSchema: outputs.doctor, annotations: reads,
  }, (input, extra) => answer(tools.doctor(input, callOf(extra))));
  return running;
}

function callOf({ signal, _meta, sendNotification }: Extra): ToolCall {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return { signal, send: undefined };
  let progress = 0;
  return {
    signal,
    send: (message) => {
      progress += 1; // the protocol wants it to grow; how much there is to do, nobody knows
      void sendNotification({ method: 'notifications/progress', params: { progressToken, progress, message } }).catch(() => undefined);
    },
  };
}

function asCallResult({ structured, text, failed }: ToolResult): CallToolResult {
  return { content: [{ type: 'text', text }], ...(structured === undefined ? {} : { structuredContent: { ...structured } }), isError: failed };
}
