import { failuresOf } from '../report/failure.ts';

/** What can go wrong on the way to a VM that runs. */
type VmsReason =
  | { reason: 'runtime-dir'; path: string; wrong: string }
  | { reason: 'no-vm'; name: string | undefined; running: readonly string[]; nearest: string | undefined }
  | { reason: 'which-vm'; running: readonly string[] }
  | { reason: 'vm-silent'; name: string; pid: number }
  | { reason: 'vm-ended'; name: string; console: string }
  | { reason: 'copy-failed'; from: string; to: string; said: readonly string[] }
  | { reason: 'cannot-listen'; at: string; port: number | undefined; code: string }
  /** QEMU's words. */
  | { reason: 'vm-refused'; name: string; doing: string; said: string; fix?: readonly string[] };

const see = 'npm run ps   # the VMs that run';

const notListened: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has it already',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this host has no such address',
  ENOTFOUND: 'this host knows no such address',
  ENOENT: 'there is no such directory',
};

export const vmsFailure = failuresOf<VmsReason>({
  'runtime-dir': (d) => ({
    what: `the sockets of VMs cannot be in ${d.path}: ${d.wrong}`,
    why: ['Whoever reaches them has the VM. XDG_RUNTIME_DIR names another place, which is yours alone.'],
    fix: [`ls -ld ${d.path}`],
  }),
  'no-vm': (d) => ({
    what: d.name === undefined ? 'no VM runs' : `no VM '${d.name}' runs${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    why: d.running.length === 0 ? [] : [`Running: ${d.running.join(', ')}`],
    fix: d.running.length === 0 ? ['npm run vm'] : [see],
  }),
  'which-vm': (d) => ({ what: `${d.running.length} VMs run: name the one that is meant`, why: [`Running: ${d.running.join(', ')}`], fix: [see] }),
  'vm-silent': (d) => ({
    what: `the kloop that has VM ${d.name} does not answer`,
    why: [`Its process is ${d.pid}. It may have been stopped by Ctrl-Z.`],
    fix: [`kill -CONT ${d.pid}`],
  }),
  'vm-ended': (d) => ({ what: `VM ${d.name} has ended`, why: ['The kloop that had it says why.'], log: d.console, exitStatus: 255 }),
  'vm-refused': (d) => ({ what: `${d.doing} failed in VM ${d.name}: ${d.said}`, fix: d.fix ?? [] }),
  'cannot-listen': (d) => ({
    what: `cannot listen at ${d.at}: ${notListened[d.code] ?? d.code}`,
    why: d.code === 'EACCES' && d.port !== undefined && d.port < 1024 ? ['Ports below 1024 are for root.'] : [],
    fix: d.code !== 'EADDRINUSE' ? [] : [d.port === undefined ? `ls -l ${d.at}` : `ss -ltnp sport = :${d.port}   # which one`],
  }),
  'copy-failed': (d) => ({ said: d.said, what: `copying ${d.from} to ${d.to} failed` }),
});
