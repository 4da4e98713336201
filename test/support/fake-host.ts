/**
 * A host of its own for tests of the bridge: a network namespace with an
 * Ethernet port (`eth0`, a veth) whose far end is in a second namespace, the
 * router, with dnsmasq. /etc, /run and /var/lib are layers over the real ones,
 * so that nothing of this machine is touched.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, watch, type FSWatcher } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectDir } from './project.ts';

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeHostOptions {
  /** The router answers DHCP on its end of the wire. Default: true. */
  readonly dhcp?: boolean;
  /** More arguments for its dnsmasq. */
  readonly dnsmasq?: readonly string[];
}

/** What tests of namespaces need; a reason to skip them where it is not there. */
export const cannotFake: string | undefined = (() => {
  if (process.getuid?.() !== 0) return 'needs root';
  const tried = spawnSync('unshare', ['-n', '-m', 'true']);
  return tried.status === 0 ? undefined : 'no namespaces here';
})();

export class FakeHost {
  readonly dir = mkdtempSync(join(tmpdir(), 'kloop-host-'));
  readonly stateDir = join(this.dir, 'state');
  readonly #holders: ChildProcess[] = [];
  readonly #children: ChildProcess[] = [];
  #host = 0;
  #router = 0;
  #monitor = 0;
  #ended = false;
  /** Something may have changed: a link, an address, a route, a file of /etc or /run, or a program has said something or ended. */
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);
  readonly #watchers: FSWatcher[] = [];

  static async start(options: FakeHostOptions = {}): Promise<FakeHost> {
    const fake = new FakeHost();
    fake.#host = await fake.#hold(`
      mount --make-rprivate / && mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run
      for d in etc var/lib; do
        l="$1/layer-$(echo $d | tr / -)"; mkdir -p "$l"; mount -t tmpfs tmpfs "$l"; mkdir "$l/upper" "$l/work"
        mount -t overlay overlay -o "lowerdir=/$d,upperdir=$l/upper,workdir=$l/work" "/$d"
      done
      ip link set lo up; rm -f /etc/resolv.conf; printf 'nameserver 10.77.0.1\\nsearch lan\\n' >/etc/resolv.conf; rm -rf /etc/qemu`);
    fake.#observe();
    fake.#router = await fake.#hold('mount --make-rprivate / && mount -t sysfs sysfs /sys; ip link set lo up');
    fake.host('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'port', 'netns', String(fake.#router));
    fake.host('ip', 'link', 'set', 'eth0', 'address', '02:00:00:00:77:02', 'up');
    fake.router('ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port');
    fake.router('ip', 'link', 'set', 'port', 'up');
    fake.router('sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1');
    if (options.dhcp ?? true) {
      await fake.background('router', ['dnsmasq', '--keep-in-foreground', '--log-facility=-', '--log-dhcp', '--conf-file=/dev/null', '--port=0', '--user=root', '--interface=port',
        '--bind-interfaces', '--no-ping', '--dhcp-range=10.77.0.50,10.77.0.150', '--dhcp-option=6,10.77.0.1', `--dhcp-leasefile=${join(fake.dir, 'leases')}`, '--pid-file=',
        ...(options.dnsmasq ?? [])], 'started');
    }
    return fake;
  }

  /** Static addressing, as /etc/network/interfaces gives it; with a second address, a second route and IPv6. */
  configureStatically(): void {
    this.host('ip', 'addr', 'add', '10.77.0.2/24', 'brd', '10.77.0.255', 'dev', 'eth0');
    this.host('ip', 'addr', 'add', '10.77.0.3/24', 'dev', 'eth0');
    this.host('ip', 'addr', 'add', 'fd77::2/64', 'dev', 'eth0', 'nodad');
    // The kernel adds its local route later, by a work queue.
    this.host('timeout', '10', 'sh', '-c', 'until ip -6 route show table local | grep -q "^local fd77::2 "; do sleep 0.01; done');
    this.host('ip', 'route', 'add', 'default', 'via', '10.77.0.1', 'dev', 'eth0', 'metric', '100');
    this.host('ip', 'route', 'add', '10.99.0.0/16', 'via', '10.77.0.9', 'dev', 'eth0', 'mtu', '1400');
    this.host('ip', '-6', 'route', 'add', 'default', 'via', 'fd77::1', 'dev', 'eth0');
    this.router('ip', 'addr', 'add', 'fd77::1/64', 'dev', 'port', 'nodad');
  }

  /** After the bridge was taken away by hand: eth0 as `configureStatically` made it. */
  configureAgain(): void {
    this.host('sh', '-c', 'ip addr flush dev eth0 scope global; ip route flush dev eth0');
    this.router('sh', '-c', 'ip addr del fd77::1/64 dev port');
    this.configureStatically();
  }

  /** Everything of the host's network that `down` must bring back, as text. */
  photograph(): string {
    const lines = this.host('sh', '-c', 'ip -o addr show; ip route show table all; ip -6 route show table all; ip rule; cat /etc/resolv.conf; ls /sys/class/net /run; cat /etc/qemu/bridge.conf 2>&1; cat /proc/sys/net/ipv4/ip_forward; (nft list ruleset; iptables -S) 2>/dev/null').split('\n');
    // Lifetimes run, link-local ones come with delays, and multicast routes follow links. /run/sudo is sudo's own.
    return lines.filter((line) => line !== '' && line !== 'sudo' && !/fe80|ff00|anycast/.test(line))
      .map((line) => line.replace(/^\d+: /, '').replaceAll(/(valid_lft|preferred_lft|expires) \S+/g, '').replace(/ (linkdown|dead)\b/g, '').trim()).sort().join('\n');
  }

  host(...argv: string[]): string {
    return this.#inside(this.#host, argv);
  }

  router(...argv: string[]): string {
    return this.#inside(this.#router, argv);
  }

  /** The words that put a command into the host's or the router's namespaces. */
  enter(where: 'host' | 'router', ...argv: string[]): string[] {
    return ['nsenter', '-t', String(where === 'host' ? this.#host : this.#router), '-m', '-n', '--', ...argv];
  }

  /** Runs kloop on the fake host. */
  async kloop(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start('host', ['node', join(projectDir, 'tasks/launch.cjs'), ...args], env).ended;
  }

  /** Starts a command; its pid is the command's own. */
  start(where: 'host' | 'router', argv: readonly string[], env: Readonly<Record<string, string>> = {}, options: { readonly stdin?: 'pipe' } = {}): { child: ChildProcess; ended: Promise<Ended> } {
    const [program = '', ...rest] = this.enter(where, ...argv);
    const child = spawn(program, rest, {
      cwd: projectDir,
      env: { ...process.env, KLOOP_ENV_FILE: '', STATE_DIR: this.stateDir, BRIDGE_UPLINK: 'eth0', SSH_CONNECTION: '', ...env },
      stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    this.#listenTo(child);
    const texts = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk: Buffer) => { texts.stdout += chunk.toString(); });
    child.stderr?.on('data', (chunk: Buffer) => { texts.stderr += chunk.toString(); });
    return { child, ended: new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal, ...texts }))) };
  }

  /** Starts a service, and waits for the word that says it is ready. */
  async background(where: 'host' | 'router', argv: readonly string[], ready: string): Promise<ChildProcess> {
    const { child } = this.start(where, argv);
    await new Promise<void>((resolve, reject) => {
      let text = '';
      const look = (chunk: Buffer) => { text += chunk.toString(); if (text.includes(ready)) resolve(); };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      child.on('close', () => reject(new Error(`${argv[0]} ended: ${text}`)));
    });
    return child;
  }

  /** Waits until it is so: looks again whenever something has changed. Throws after `ms`. */
  until(what: string, look: () => boolean, ms = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (error?: Error) => {
        clearTimeout(deadline);
        this.#changes.off('change', again);
        if (error === undefined) resolve();
        else reject(error);
      };
      const again = () => {
        try {
          if (look()) over();
        } catch (error) {
          over(error as Error);
        }
      };
      const deadline = setTimeout(() => over(new Error(`waited ${ms} ms in vain for ${what}`)), ms);
      this.#changes.on('change', again);
      again();
    });
  }

  /** Processes that run in the host's network namespace, beside those that hold and observe it: what was left behind. */
  residents(): string[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const ns = (pid: string) => {
      try {
        return readlinkSync(`/proc/${pid}/ns/net`);
      } catch {
        return '';
      }
    };
    const mine = ns(String(this.#host));
    return pids.filter((pid) => ![this.#host, this.#monitor].includes(Number(pid)) && ns(pid) === mine).map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
      } catch {
        return '';
      }
    }).filter((line) => line !== '' && !/^\d+ $/.test(line));
  }

  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const watcher of this.#watchers) watcher.close();
    for (const line of this.#host === 0 ? [] : this.residents()) end(Number(line.split(' ')[0]));
    for (const child of [...this.#children, ...this.#holders]) child.kill('SIGKILL');
    spawnSync('sh', ['-c', 'umount "$1"/layer-* 2>/dev/null', 'sh', this.dir]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The kernel tells of links, addresses and routes, inotify of files. */
  #observe(): void {
    const monitor = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', '-t', String(this.#host), '-m', '-n', '--', 'ip', 'monitor', 'link', 'address', 'route', 'rule'], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#holders.push(monitor);
    this.#monitor = monitor.pid ?? 0;
    this.#listenTo(monitor);
    for (const dir of ['etc', 'run']) this.#watchers.push(watch(`/proc/${this.#host}/root/${dir}`, { recursive: false }, () => this.#changes.emit('change')));
  }

  #listenTo(child: ChildProcess): void {
    // After those who take in what it has said.
    const changed = () => { setImmediate(() => this.#changes.emit('change')); };
    child.stdout?.on('data', changed);
    child.stderr?.on('data', changed);
    child.on('close', changed);
  }

  #inside(pid: number, argv: readonly string[]): string {
    return execFileSync('nsenter', ['-t', String(pid), '-m', '-n', '--', ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** A process that holds a network and a mount namespace open, and dies with us. */
  async #hold(setUp: string): Promise<number> {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '-n', '-m', 'sh', '-ec', `${setUp}\necho ready\nexec sleep infinity`, 'sh', this.dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#holders.push(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => { if (chunk.toString().includes('ready')) resolve(); });
      child.on('close', () => reject(new Error('no namespace')));
    });
    return child.pid ?? 0;
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone
  }
}
