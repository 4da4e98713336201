/** Servers on the loopback: files, git repositories, and one that never answers. */
import { spawn, execFileSync } from 'node:child_process';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

interface Served {
  /** 'http://127.0.0.1:PORT' */
  readonly url: string;
  readonly requests: string[];
  close(): Promise<void>;
}

/** May hold a request back: it is answered when the promise resolves. */
type Gate = (path: string) => Promise<void> | undefined;

/** Serves a directory: files with ranges, and the git repositories in it by git's own CGI program. */
export async function serve(directory: string, gate: Gate = () => undefined): Promise<Served> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    const go = () => (/\/(info\/refs|git-upload-pack)$/.test(path) ? serveGit(directory, request, response) : serveFile(join(directory, path), request, response));
    void (gate(path) ?? Promise.resolve()).then(go);
  });
  return listening(server, requests);
}

/** Accepts connections, and says nothing. */
export function serveNothing(): Promise<Served> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => { sockets.add(socket); socket.on('error', () => undefined); });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: [],
      close: () => new Promise((closed) => { for (const socket of sockets) socket.destroy(); server.close(() => closed()); }),
    }));
  });
}

function listening(server: Server, requests: string[]): Promise<Served> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests,
      close: () => new Promise((closed) => { server.closeAllConnections(); server.close(() => closed()); }),
    }));
  });
}

function serveFile(path: string, request: IncomingMessage, response: ServerResponse): void {
  if (!existsSync(path) || !statSync(path).isFile()) { response.writeHead(404).end(); return; }
  const { size } = statSync(path);
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0 && from >= size) { response.writeHead(416).end(); return; }
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': size - from, ...(from > 0 ? { 'content-range': `bytes ${from}-${size - 1}/${size}` } : {}) });
  if (request.method === 'HEAD') response.end();
  else createReadStream(path, { start: from }).pipe(response);
}

/** By git-http-backend(1): a CGI program. */
function serveGit(directory: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://x');
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const child = spawn(backend, [], {
    env: {
      ...process.env, GIT_PROJECT_ROOT: directory, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.on('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const headers = Object.fromEntries(all.subarray(0, end).toString().split('\r\n').map((line) => line.split(/:\s*/, 2) as [string, string]));
    const { Status: status, ...rest } = headers;
    response.writeHead(status === undefined ? 200 : Number.parseInt(status), rest).end(all.subarray(end + 4));
  });
}
