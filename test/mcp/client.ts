/** The MCP SDK's own client, with a server as its child. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';

interface Answer {
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (message: string, progress: number) => void;
}

export interface Connected {
  readonly client: Client;
  readonly pid: number;
  /** What the server wrote to its stderr. */
  readonly said: () => string;
  /** The server has gone. */
  readonly gone: Promise<void>;
  readonly call: (name: string, input?: Record<string, unknown>, options?: CallOptions) => Promise<Answer>;
}

/** Starts a server, and makes itself known. The client checks each result against what the server has declared. */
export async function connect(command: string, args: readonly string[], { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }): Promise<Connected> {
  const inherited = Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  const transport = new StdioClientTransport({ command, args: [...args], cwd, env: { ...Object.fromEntries(inherited), ...env }, stderr: 'pipe' });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  const client = new Client({ name: 'a test', version: '1' });
  const gone = new Promise<void>((resolve) => { client.onclose = resolve; });
  await client.connect(transport);
  await client.listTools();
  return {
    client,
    pid: transport.pid ?? 0,
    said: () => said,
    gone,
    call: async (name, input = {}, { signal, onprogress } = {}) => {
      const result = await client.callTool({ name, arguments: input }, CallToolResultSchema, {
        timeout: 300_000, ...(signal === undefined ? {} : { signal }),
        ...(onprogress === undefined ? {} : { onprogress: ({ message, progress }: { message?: string | undefined; progress: number }) => onprogress(message ?? '', progress) }),
      }) as CallToolResult;
      const [first] = result.content;
      return { text: first?.type === 'text' ? first.text : '', facts: result.structuredContent ?? {}, isError: result.isError === true };
    },
  };
}
