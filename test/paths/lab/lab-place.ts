/** What the tests of paths share: a directory of their own, and a transfer in the guest. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

interface LabPlace {
  /** Not below /tmp, of which the guest has one of its own. It is removed after the tests. */
  readonly dir: string;
  /** kloop's: its state, and its list of VMs. */
  readonly env: Record<string, string>;
}

/** What the tests boot. */
export const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';

/** Whether that is of this version or newer, by what the file itself says; false for one that is packed. */
export function isFrom(major: number, minor: number): boolean {
  const bytes = kernel === '' ? Buffer.alloc(0) : readFileSync(kernel);
  const at = bytes.indexOf('Linux version ');
  const [, first, second] = /^Linux version (\d+)\.(\d+)/.exec(at < 0 ? '' : bytes.toString('latin1', at, at + 40)) ?? [];
  return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}

/** @param tests those that need it */
export function labPlace(tests: { after(hook: () => void): void }): LabPlace {
  const dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-'));
  mkdirSync(join(dir, 'run'), { mode: 0o700 });
  tests.after(() => rmSync(dir, { recursive: true }));
  return { dir, env: { STATE_DIR: join(dir, 'state'), XDG_RUNTIME_DIR: join(dir, 'run') } };
}

/** For bash in the guest: gets a file of the host's from the peer, says `begun` on stderr after so many bytes of it, and prints its hash. */
export const fetchScript = (file: string, bytes: number): string => `
exec 3<>/dev/tcp/peer/80
printf 'GET ${file} HTTP/1.0\\r\\n\\r\\n' >&3
read -r status <&3; read -r length <&3; read -r empty <&3
{ head -c ${bytes}; echo begun >&2; cat; } <&3 | sha256sum
`;

/** For --peer-command, and for bash in the guest, which prints its own kernel's release and, when it can be got, the peer's. */
export const releases = {
  peer: 'uname -r >/tmp/new && mv /tmp/new /tmp/release',
  guest: `
uname -r
until [[ $status = *200* ]]; do
  exec 3<>/dev/tcp/peer/80
  printf 'GET /tmp/release HTTP/1.0\\r\\n\\r\\n' >&3
  read -r status <&3; read -r length <&3; read -r empty <&3
done
cat <&3
`,
};
