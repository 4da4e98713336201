/** What the loop works on: the settings, the targets, the kernel that they give, and what it is made from. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { Moment, Ran } from '../graph/execute.ts';
import type { RunEvent } from '../graph/event.ts';
import { findProgram } from '../host/files.ts';
import { loadIndex } from '../kernel/inputs/index-store.ts';
import { loadSnapshot } from '../kernel/inputs/snapshot-store.ts';
import { isUnder } from '../kernel/inputs/index-model.ts';
import { buildPlace } from '../kernel/inputs/place.ts';
import { configFiles } from '../kernel/config/sources.ts';
import { externalModules, externalSources, externalsOf } from '../kernel/modules/external.ts';
import { moduleStates } from '../kernel/modules/view.ts';
import { filesNamed } from '../kernel/make/output.ts';
import { outputDir } from '../kernel/make/call.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { machineFor } from '../machine/microvm.ts';
import { guestCommand } from '../machine/guest/command.ts';
import { moduleName } from '../machine/modules/dependencies.ts';
import type { VmRequest } from '../machine/request.ts';
import type { GuestNics } from '../network/nics/nics.ts';
import { isFailure, type Failure, type Result } from '../report/failure.ts';
import type { WatchedTests } from './tested-vm.ts';
import { LookAhead } from './files/look-ahead.ts';
import type { Watched } from './files/watched.ts';
import { partsOf, type Parts } from './parts.ts';
import { KeptKernel } from './kept-kernel.ts';
import type { GuestCommand } from '../machine/description.ts';

/** The part of a command's context that the builder needs; made again when the settings change. */
export interface Site {
  readonly settings: Settings;
  /** Begins a look at the disk, by which a later build can go. */
  moment(): Moment;
  /** Brings up what the VM needs. `moment`: a look that has begun, once. */
  bringUp(request: BringUpRequest & { readonly moment: () => Moment | undefined }): Promise<Result<Ran>>;
  /** Which of the kernels that the targets build is booted; `why`: why it is a bzImage, where it is one; and whether a microvm will do. */
  booted(): Result<{ readonly path: string; readonly why: string | undefined; readonly findsMicrovm: boolean; readonly modules: VmRequest['modules'] }>;
  /** A VM as it was asked for; without a kernel it boots the one that the targets build. */
  asked(): Omit<VmRequest, 'kernel' | 'nics'> & { readonly kernel: string | undefined; readonly nics: readonly string[] };
  /** The VM's NICs, once the targets are up: a bridge may be one of them. */
  nics(): Promise<Result<GuestNics>>;
  /** What else a VM gets, once its kernel is built: paths to a peer, which stays from one VM to the next. */
  readonly equip: ((vm: VmRequest) => Promise<Result<(vm: VmRequest) => VmRequest>>) | undefined;
  reload(): Promise<Result<Site>>;
  /** They are run in each new kernel, instead of a command. */
  readonly tests: WatchedTests | undefined;
}

interface BuilderOptions {
  readonly site: Site;
  readonly also: readonly string[];
  readonly cwd: string;
}

interface BringUpRequest {
  /** Build the kernel although it is up to date. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  readonly say: (line: string) => void;
}

interface BuilderRequest extends BringUpRequest {
  /** The settings have changed. */
  readonly reload: boolean;
}

export class Builder {
  readonly #options: BuilderOptions;
  readonly #kept: KeptKernel;
  #site: Site;
  #nics: GuestNics = { nics: [], leases: undefined, bridges: [] };
  #equip: (vm: VmRequest) => VmRequest = (vm) => vm;
  /** What the VM that was booted last was made from. */
  #booted: string | undefined;
  /** The modules that it has, or got since. */
  #modules: ReadonlyMap<string, string> = new Map();
  readonly #ahead = new LookAhead<Moment>();
  /** Files that the compiler complained of: a first build that failed knows of no others. */
  #blamed: ReadonlySet<string> = new Set();

  constructor(options: BuilderOptions) {
    this.#options = options;
    this.#site = options.site;
    this.#kept = new KeptKernel(join(options.site.settings.stateDir, 'watch'));
  }

  get settings(): Settings {
    return this.#site.settings;
  }

  /** The tests of a watch that has some. */
  get tests(): WatchedTests {
    if (this.#site.tests === undefined) throw new Error('this watch runs no tests');
    return this.#site.tests;
  }

  /** Brings up all that the VM needs. */
  async build(request: BuilderRequest): Promise<Result<Ran>> {
    if (request.reload) {
      const again = await this.#site.reload();
      if (isFailure(again)) return again;
      this.#site = again;
      this.#ahead.forget();
    }
    const site = this.#site;
    const ran = await site.bringUp({ ...request, moment: () => this.#ahead.take() });
    if (isFailure(ran)) {
      this.#blamed = this.#blamedBy(ran);
      return ran;
    }
    this.#blamed = new Set();
    const nics = await site.nics();
    if (isFailure(nics)) return nics;
    this.#nics = nics;
    const built = this.#kernelPath();
    const kept = built === undefined ? undefined : this.#kept.keep(built);
    if (kept !== undefined) return kept;
    const equip = await site.equip?.(this.#request());
    if (isFailure(equip)) return equip;
    this.#equip = equip ?? ((vm) => vm);
    return ran;
  }

  /** A build may come soon: what it will look at is looked at meanwhile. */
  lookAhead(): void {
    this.#ahead.begin(() => this.#site.moment());
  }

  /** A later build is not to go by what has been looked at. */
  forgetLook(): void {
    this.#ahead.forget();
  }

  /** Whether a boot now would give another VM than the last one did. */
  differs(): boolean {
    return this.#identity() !== this.#booted;
  }

  /** The modules that are others now than those of the VM, by the kernel's names. */
  changedModules(): string[] {
    return [...this.#moduleStates()].filter(([name, state]) => this.#modules.get(name) !== state).map(([name]) => moduleName(name));
  }

  /** The VM gets the modules as they are now. */
  swaps(): void {
    this.#modules = this.#moduleStates();
  }

  /** The VM and its command as they are to be booted now. */
  vm(): { readonly request: VmRequest; readonly command: GuestCommand } {
    const request = this.#equip(this.#request());
    this.#booted = this.#identity();
    this.swaps();
    return { request, command: this.command(request) };
  }

  #request(): VmRequest {
    const asked = this.#site.asked();
    const kernel = asked.kernel ?? this.#kept.path;
    const { nics, leases } = this.#nics;
    const booted = asked.kernel === undefined ? this.#site.booted() : undefined;
    const findsMicrovm = booted === undefined || isFailure(booted) || booted.findsMicrovm;
    const modules = booted === undefined || isFailure(booted) ? undefined : booted.modules;
    return { ...asked, kernel, modules, machine: machineFor(asked.machine, findsMicrovm), nics, leases };
  }

  command(request: VmRequest): GuestCommand {
    const { stdin, stdout, stderr, env } = process;
    const terminal = request.command === undefined;
    // A command that is watched has no terminal: its input is empty, and what it prints comes as it is.
    const streams = terminal ? { stdin, stdout, stderr } : { stdin: { isTTY: false } as typeof stdin, stdout, stderr };
    return guestCommand(request, { env, ...streams });
  }

  /** What is to be watched now. `complete`: the last build succeeded. */
  watched(complete: boolean): Result<Watched> {
    const { settings } = this.#site;
    const { kernel } = this.#site.asked();
    if (kernel !== undefined) return { ...this.#besideKernel(), ...justKernel(kernel) };
    const source = chosenTree(settings);
    if (isFailure(source)) return source;
    const build = outputDir(settings, source);
    const tree = { source, build };
    const place = buildPlace(settings.stateDir, tree);
    const kept = loadSnapshot(place.snapshot, tree);
    const booted = this.#site.booted();
    const ofImage = isFailure(booted) || booted.why === undefined ? undefined : loadSnapshot(place.imageSnapshot, tree);
    const inputs = new Set(this.#blamed);
    const directories = new Set([source]);
    const known = [kept, ofImage].filter((one) => one !== undefined);
    this.#ahead.know(known.flatMap(({ snapshot }) => [snapshot.inputs.paths, snapshot.products.paths, snapshot.dirs.paths]));
    for (const { snapshot } of known) {
      for (const path of snapshot.inputs.paths) inputs.add(path);
      for (const path of snapshot.dirs.paths) directories.add(path);
    }
    for (const dir of settings.kernelModules) for (const path of externalSources(dir)) inputs.add(path);
    // Made on the way, or looked at by itself.
    for (const made of ['.config', 'vmlinux']) inputs.delete(join(build, made));
    return {
      ...this.#besideKernel(),
      tree: source,
      buildDir: build,
      inputs,
      directories,
      made: kept?.made ?? new Set(),
      configs: new Set([join(build, '.config'), ...configFiles(settings)]),
      complete: complete && kept !== undefined,
    };
  }

  #besideKernel(): Pick<Watched, 'settings' | 'commands' | 'alsoDirectories' | 'tests'> {
    const named = this.#named();
    return {
      settings: new Set(this.settings.settingsFiles), commands: new Set(named.files), alsoDirectories: named.directories,
      tests: new Set(this.#site.tests?.files()),
    };
  }

  /** What the last build has made of a file; `undefined` where it did not read it. */
  parts(): (path: string) => Parts | undefined {
    const { settings } = this.#site;
    const source = chosenTree(settings);
    if (isFailure(source)) return () => undefined;
    const tree = { source, build: outputDir(settings, source) };
    const index = loadIndex(buildPlace(settings.stateDir, tree).index, tree);
    const isExternal = (path: string) => settings.kernelModules.find((dir) => isUnder(path, dir));
    return (path) => {
      const dir = isExternal(path);
      if (dir !== undefined) return { builtIn: false, modules: externalModules(externalsOf([dir], settings.stateDir, tree)).map(({ name }) => moduleName(name)) };
      return index === undefined || !index.files.includes(path) ? undefined : partsOf(path, index);
    };
  }

  /** Leaves nothing behind. */
  clear(): void {
    this.#kept.clear();
  }

  #moduleStates(): ReadonlyMap<string, string> {
    const booted = this.#site.asked().kernel === undefined ? this.#site.booted() : undefined;
    return booted === undefined || isFailure(booted) || booted.modules === undefined ? new Map() : moduleStates(booted.modules);
  }

  #kernelPath(): string | undefined {
    if (this.#site.asked().kernel !== undefined) return undefined;
    const booted = this.#site.booted();
    return isFailure(booted) ? undefined : booted.path;
  }

  #identity(): string {
    const asked = this.#site.asked();
    const kernel = asked.kernel ?? this.#kernelPath() ?? '';
    const stat = statSync(kernel, { throwIfNoEntry: false });
    return JSON.stringify([asked, this.#nics, stat?.ino, stat?.mtimeMs, stat?.size, this.#site.tests?.version()]);
  }

  /** The command's own script, where it is one, and what `--also` names. */
  #named(): { files: string[]; directories: string[] } {
    const files: string[] = [];
    const directories: string[] = [];
    const asked = this.#site.asked();
    for (const word of this.#site.tests?.programs ?? scriptWords(asked.command?.map(String) ?? [])) {
      // A path counts also where nothing is there yet: it may be about to be written.
      const path = word.includes('/') || existsSync(resolve(this.#options.cwd, word)) ? resolve(this.#options.cwd, word) : findProgram(word);
      if (path !== undefined && maybeScript(path)) files.push(path);
    }
    for (const also of this.#options.also) {
      const path = resolve(this.#options.cwd, also);
      if (isDirectory(path)) directories.push(path);
      else files.push(path);
    }
    return { files, directories };
  }

  #blamedBy(failure: Failure): Set<string> {
    const source = chosenTree(this.settings);
    if (isFailure(source)) return new Set();
    const blamed = new Set<string>();
    for (const name of filesNamed(failure.words.said ?? [])) {
      const path = isAbsolute(name) ? name : resolve(source, name);
      if (isUnder(path, source) && existsSync(path)) blamed.add(path);
    }
    return blamed;
  }
}

/** A kernel that somebody else builds is watched as a file. */
function justKernel(kernel: string): Omit<Watched, 'settings' | 'commands' | 'alsoDirectories' | 'tests'> {
  const directory = dirname(kernel);
  return { tree: directory, buildDir: directory, inputs: new Set([kernel]), directories: new Set(), made: new Set(), configs: new Set(), complete: true };
}

/** Whether a person might edit it: a system's programs do not change between two saves. */
function maybeScript(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return isDirectory(dirname(path));
  return stat.isFile() && !/^\/(?:usr|s?bin|lib\w*|opt|nix)\//.test(realpathSync(path));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The words of a command that may name its script: the program, and the first that isn't an option: `sh -x test.sh`. */
function scriptWords(argv: readonly string[]): string[] {
  const [program, ...rest] = argv;
  const script = rest.find((word) => !word.startsWith('-'));
  return [program, script].filter((word) => word !== undefined && word !== '') as string[];
}
