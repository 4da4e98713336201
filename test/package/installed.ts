/** kloop as a package: packed, installed to a prefix of its own, with the checkout gone; and run by an ordinary user. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended } from '../support/kloop.ts';
import { projectDir } from '../support/project.ts';

/** Debian, Arch and Fedora all have `nobody` by this number. */
const nobody = 65534;

const parts = ['package.json', 'tasks', 'config', 'kernel.config', 'python-patch', 'docs', 'README.md', 'LICENSE'];

export class Installed {
  /** A directory that others may look into, not below /tmp: a guest has one of its own. */
  readonly dir = mkdtempSync('/var/tmp/kloop-test-');
  readonly #prefix = join(this.dir, 'prefix');
  /** The user's own directory, where they are. */
  readonly home = join(this.dir, 'home');
  /** Another file system, where root can mount one. */
  readonly disk = join(this.dir, 'disk');

  constructor() {
    chmodSync(this.dir, 0o755);
    const checkout = join(this.dir, 'checkout');
    for (const part of parts) cpSync(join(projectDir, part), join(checkout, part), { recursive: true });
    symlinkSync(join(projectDir, 'node_modules'), join(checkout, 'node_modules'));
    const npm = (cwd: string, ...args: string[]) => execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, encoding: 'utf8', env: { ...process.env, npm_config_update_notifier: 'false' } });
    npm(checkout, 'pack', '--pack-destination', this.dir);
    npm(this.dir, 'install', '--global', '--prefix', this.#prefix, join(this.dir, this.tarball));
    rmSync(checkout, { recursive: true });
    for (const path of [this.home, this.disk]) this.theirs(path);
  }

  get tarball(): string {
    return readdirSync(this.dir).find((name) => name.endsWith('.tgz')) ?? '';
  }

  get program(): string {
    return join(this.#prefix, 'bin', 'kloop');
  }

  /** Makes a directory, or what is there, the user's. */
  theirs(path: string): string {
    mkdirSync(path, { recursive: true });
    if (process.getuid?.() === 0) for (const entry of ['', ...readdirSync(path, { recursive: true, encoding: 'utf8' })]) chownSync(join(path, entry), nobody, nobody);
    return path;
  }

  /**
   * Runs a shell script as the user, with kloop on PATH, and nothing of this process's settings.
   * Root puts a file system of its own on `disk`, which goes with the script.
   *
   * @param first what is done on the new disk before, by this process's user
   */
  run(script: string, { env = {}, first = ':' }: { env?: Record<string, string>; first?: string } = {}): Promise<Ended> {
    const root = process.getuid?.() === 0;
    const user = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', 'sh', '-c', script];
    const [program = '', ...args] = root
      ? ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o mode=777 tmpfs "$1"; shift; ${first}; exec "$@"`, 'sh', this.disk, ...user]
      : ['sh', '-c', `${first}; ${script}`];
    const child = spawn(program, args, {
      cwd: this.home, stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${join(this.#prefix, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: this.home, LC_ALL: 'C', DISK: this.disk, ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
    return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
