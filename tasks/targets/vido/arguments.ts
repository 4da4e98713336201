/** Booting through vido: the arguments it is given, and what stands in its way, known before the boot. Pure. */

/** What is to run, in kloop's words. */
export interface VidoRequest {
  /** vido's own path. */
  readonly vido: string;
  readonly kernel: string;
  /** Bridges' names, or 'user'. */
  readonly nics: readonly string[];
  readonly memoryBytes: number;
  readonly qemu?: string | undefined;
  readonly kernelOptions?: readonly string[];
  readonly disks?: readonly string[];
  readonly rwDirs?: readonly string[];
  readonly clearDirs?: readonly string[];
  readonly clearFiles?: readonly string[];
  readonly passEnv?: readonly string[];
  readonly gdb?: boolean;
  readonly watchdog?: boolean;
  readonly allowSudo?: boolean;
  readonly runAs?: string | undefined;
  /** Empty: a shell. */
  readonly command: readonly string[];
}

/** vido's command line. The words after `--` are the guest's, whatever they look like. */
export function vidoArguments(request: VidoRequest): string[] {
  const list = (flag: string, words: readonly string[] | undefined) => (words === undefined || words.length === 0 ? [] : [flag, ...words]);
  const bridges = request.nics.filter((nic) => nic !== 'user');
  return [
    request.vido,
    '--kvm',
    '--kernel', request.kernel,
    // vido hands the size to QEMU as it is; MiB divide every size that settings allow closely enough.
    '--mem', `${Math.ceil(request.memoryBytes / 2 ** 20)}M`,
    ...(request.qemu === undefined ? [] : ['--qemu-runner', request.qemu]),
    ...(bridges.length > 0 ? ['--bridge', ...bridges] : request.nics.length > 0 ? ['--net'] : []),
    ...list('--kopts', request.kernelOptions),
    ...list('--disks', request.disks),
    ...list('--rw-dirs', request.rwDirs),
    ...list('--clear-dirs', request.clearDirs),
    ...list('--clear-files', request.clearFiles),
    ...list('--pass-env', request.passEnv),
    ...(request.gdb ? ['--gdb'] : []),
    ...(request.watchdog ? ['--watchdog'] : []),
    ...(request.allowSudo ? ['--allow-sudo'] : []),
    ...(request.runAs === undefined ? [] : ['--run-as', request.runAs]),
    ...(request.command.length > 0 ? ['--', ...request.command] : []),
  ];
}

/** What is known of the host before vido is started. */
export interface VidoFacts {
  /** What it asks of QEMU, by its own text; `undefined`: not known before it is cloned. */
  readonly asks: VidoAsks | undefined;
  /** QEMU's version, 'major.minor'; `undefined`: not known. */
  readonly qemu: { readonly major: number; readonly minor: number } | undefined;
  /** Whether KVM runs a guest here; vido always asks for it. */
  readonly kvmWorks: boolean;
}

/** What vido may ask of QEMU that not every QEMU has. */
export interface VidoAsks {
  /** `-net nic,vlan=N`, for bridges. */
  readonly vlan: boolean;
  /** `-watchdog`. */
  readonly watchdog: boolean;
}

/** Reads vido's script. */
export function asksOf(script: string): VidoAsks {
  return { vlan: script.includes('nic,vlan='), watchdog: script.includes("'-watchdog'") };
}

/** What brenns10's vido asks for, from its source. Other sources may have learned better. */
export function asksOfSource(url: string): VidoAsks | undefined {
  return /[/:]brenns10\/vido(\.git)?\/?$/.test(url) ? { vlan: true, watchdog: true } : undefined;
}

/** Why vido cannot boot this, a sentence each; none: nothing is known against it. */
export function vidoObstacles(request: Pick<VidoRequest, 'nics' | 'watchdog'>, facts: VidoFacts): string[] {
  const { qemu, asks } = facts;
  const since = (major: number, minor: number) => qemu !== undefined && (qemu.major > major || (qemu.major === major && qemu.minor >= minor));
  const version = qemu === undefined ? '' : `${qemu.major}.${qemu.minor}`;
  const bridged = request.nics.some((nic) => nic !== 'user');
  return [
    ...(bridged && request.nics.includes('user') ? ['vido supports either bridges or --net, but not both in one VM.'] : []),
    ...(!bridged && request.nics.length > 1 ? ['vido supports at most one NIC with --net.'] : []),
    // QEMU's 3.0 change log: the `vlan` parameter of -net is gone. A changed
    // clone may have learned -netdev; so it is the script that is asked.
    ...(bridged && since(3, 0) && asks?.vlan
      ? [`vido's bridged mode uses QEMU's '-net nic,vlan=N', which QEMU removed in 3.0; this is QEMU ${version}.`] : []),
    // Seen with 7.2: '-watchdog: invalid option'. Deprecated since 6.2 by QEMU's manual.
    ...(request.watchdog && since(7, 2) && asks?.watchdog
      ? [`vido's watchdog uses QEMU's '-watchdog', which QEMU ${version} does not have.`] : []),
    ...(facts.kvmWorks ? [] : ['vido always requires KVM, and KVM cannot run a guest here.']),
  ];
}

/** Reads `qemu-system-x86_64 --version`: 'QEMU emulator version 7.2.22 (Debian …)'. */
export function qemuVersionOf(text: string): { major: number; minor: number } | undefined {
  const match = /version (\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}
