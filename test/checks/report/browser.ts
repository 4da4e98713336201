/** Chromium without a window, asked by its own protocol over a pipe: what a page comes to in a real browser. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { findProgram } from '../../../tasks/host/files.ts';

/** Debian's and Arch's name, Fedora's, Google's own. */
export const browserPath = (): string | undefined => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => findProgram(name)).find((path) => path !== undefined);

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #events: ((message: Message) => void)[] = [];
  #next = 1;
  #session: string | undefined;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let rest = '';
    (child.stdio[4] as Readable).on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) this.#take(JSON.parse(part) as Message);
    });
    (child.stdio[3] as Writable).on('error', () => undefined); // it has ended: whoever waits is told by `ended`
  }

  /** Starts it with one empty page, of that size. */
  static async start(path: string, { width, height, dark = false }: { width: number; height: number; dark?: boolean }): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'kloop-test-'));
    const child = spawn(path, [
      '--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
      // No word to anybody outside.
      '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-default-browser-check',
    ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: profile }, detached: true });
    const browser = new Browser(child, profile);
    const { targetId } = await browser.ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.ask('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = String(sessionId);
    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await browser.ask(`${domain}.enable`);
    // A page's own scripts; what is evaluated from here still is.
    await browser.ask('Emulation.setScriptExecutionDisabled', { value: true });
    await browser.ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await browser.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    return browser;
  }

  ask(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error(`the browser ended before it answered ${method}`));
      this.#child.once('exit', gone);
      this.#waiting.set(id, ({ result, error }) => {
        this.#child.off('exit', gone);
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...(this.#session === undefined ? {} : { sessionId: this.#session }) })}\0`);
    });
  }

  /** What it tells by itself, from now on. */
  on(method: string, take: (params: Readonly<Record<string, unknown>>) => void): void {
    this.#events.push((message) => { if (message.method === method) take(message.params ?? {}); });
  }

  /** Resolves when the page is loaded. */
  async open(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.on('Page.loadEventFired', () => resolve()));
    await this.ask('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.ask('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** A click with the mouse in the middle of an element. */
  async click(selector: string): Promise<void> {
    const at = await this.value<{ x: number; y: number }>(`(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.scrollIntoView({ block: 'nearest' }); const r = e.getBoundingClientRect(); return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`);
    for (const type of ['mousePressed', 'mouseReleased']) await this.ask('Input.dispatchMouseEvent', { type, ...at, button: 'left', clickCount: 1 });
  }

  /** A picture of what is to be seen, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.ask('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
      else this.#child.once('exit', () => resolve());
    });
    // All its processes: one that keeps cookies would go on writing for a while.
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) process.kill(-this.#child.pid, 'SIGKILL');
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #take(message: Message): void {
    if (message.id === undefined) {
      for (const take of this.#events) take(message);
      return;
    }
    this.#waiting.get(message.id)?.(message);
    this.#waiting.delete(message.id);
  }
}
