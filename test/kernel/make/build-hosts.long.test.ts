/** Two distcc daemons on loopback stand for other machines: a wide rebuild of the real tree goes to them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../support/until.ts';
import { findProgram } from '../../../tasks/host/files.ts';
import { EditedTree } from '../../support/edits.ts';
import { kloop, startKloop } from '../../support/kloop.ts';
import { sameBuild } from '../../support/shared-kernel.ts';

const dir = process.env['KLOOP_TEST_TREE'] ?? '';
const tree = new EditedTree(dir);
/** Some dozen objects include it: more than are worth keeping on one machine. */
const header = 'include/net/mptcp.h';
const fixed = { ...sameBuild, CCACHE: 'off' };
const directory = mkdtempSync(join(tmpdir(), 'kloop-distcc-'));
chmodSync(directory, 0o777);

interface Daemon {
  readonly port: number;
  readonly child: ChildProcess;
  /** How many it has compiled. */
  compiled(): number;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function startDaemon(): Promise<Daemon> {
  const port = await freePort();
  const log = join(directory, `${port}.log`);
  writeFileSync(log, '');
  chmodSync(log, 0o666);
  const child = spawn('distccd', [
    '--no-detach', '--daemon', '--listen', '127.0.0.1', '--port', String(port), '--allow', '127.0.0.1', '--jobs', '2',
    '--enable-tcp-insecure', '--log-file', log, '--log-level', 'info',
  ], { stdio: 'ignore', env: { ...process.env, TMPDIR: directory } });
  const answers = () => new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
  await until('distccd answers', async () => {
    if (child.exitCode !== null) throw new Error(readFileSync(log, 'utf8'));
    return answers();
  });
  return { port, child, compiled: () => readFileSync(log, 'utf8').split('COMPILE_OK').length - 1 };
}

/** distccd's own children are in its group no longer when it is gone; it ends them itself on SIGTERM. */
function end(daemon: Daemon): Promise<void> {
  return new Promise((resolve) => {
    if (daemon.child.exitCode !== null || daemon.child.signalCode !== null) { resolve(); return; }
    daemon.child.on('close', () => resolve());
    daemon.child.kill('SIGTERM');
  });
}

const vmlinux = () => createHash('sha256').update(readFileSync(join(dir, 'vmlinux'))).digest('hex');
const build = (env: Record<string, string>) => kloop(['kernel', '--no-image'], { env: { ...fixed, ...env } });
let edits = 0;
const edit = () => tree.write(header, tree.original(header).replace(/#endif(?![^]*#endif)[^]*$/, (end) => `static inline int kloop_hosts(void) { return ${++edits}; }\n${end}`));

test.before(async () => assert.is((await build({})).status, 0));
test.after(async () => {
  tree.undoAll();
  assert.is((await kloop(['kernel'])).status, 0);
  rmSync(directory, { recursive: true, force: true });
});

if (findProgram('distccd') === undefined) {
  test.skip('distcc is not installed');
} else {
  test('compiled by both daemons, one that is not there named and left out; the same vmlinux as a local build', async () => {
    const daemons = [await startDaemon(), await startDaemon()];
    const dead = await freePort();
    try {
      edit();
      const hosts = [...daemons.map(({ port }) => `127.0.0.1:${port}/2`), `127.0.0.1:${dead}/8`].join(' ');
      const ended = await build({ BUILD_HOSTS: hosts });
      assert.is(ended.status, 0, ended.stderr);
      assert.match(ended.stderr, new RegExp(`build host 127\\.0\\.0\\.1:${dead}/8: connection refused; it is not used`));
      for (const daemon of daemons) assert.ok(daemon.compiled() > 0, `the daemon on port ${daemon.port} compiled nothing`);
      console.log(`# compiled by the daemons: ${daemons.map((daemon) => daemon.compiled()).join(' and ')}, here: ${availableParallelism()} processors`);
      const remote = vmlinux();
      tree.touch(header);
      const local = await build({});
      assert.is(local.status, 0, local.stderr);
      assert.is(vmlinux(), remote);
    } finally {
      await Promise.all(daemons.map(end));
    }
  });

  test('a daemon that is killed half-way: named, and the kernel is right', async () => {
    const daemons = [await startDaemon(), await startDaemon()];
    const [first, second] = daemons as [Daemon, Daemon];
    try {
      edit();
      const running = startKloop(['kernel', '--no-image'], { env: { ...fixed, BUILD_HOSTS: `127.0.0.1:${first.port}/2 127.0.0.1:${second.port}/2` } });
      await until('two are compiled there', () => first.compiled() >= 2 || running.child.exitCode !== null, 300_000);
      first.child.kill('SIGKILL');
      const ended = await running.ended;
      assert.is(ended.status, 0, ended.stderr);
      const remote = vmlinux();
      tree.touch(header);
      assert.is((await build({})).status, 0);
      assert.is(vmlinux(), remote);
    } finally {
      await Promise.all(daemons.map(end));
    }
  });

  test('no host answers: said, and all is compiled here', async () => {
    edit();
    const ended = await build({ BUILD_HOSTS: `127.0.0.1:${await freePort()}/4` });
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /no build host answers: compiling everything here/);
  });
}

test.run();
