/**
 * The source lines of a report's frames. From the kernel's debug information
 * where it has it; else each object concerned is compiled once more, with -g,
 * into a directory of kloop's own, and believed where the function's code is
 * that of the kernel, byte for byte.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { frameKey, type Decoded, type SourceLine } from '../console/annotate.ts';
import type { Frame, Splat } from '../console/splat.ts';
import { namesIn, stampOf, textOf } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { isFailure } from '../report/failure.ts';
import { cmdPathOf, parseCmdFile } from '../kernel/inputs/cmd-file.ts';
import { readAddr2line } from './addr2line.ts';
import { codeFile, hasLines, isSameCode, namedFunction, sourceNames, type CodeFile, type CodeSymbol } from './code.ts';
import { debugCommand } from './debug-command.ts';

export interface DecodeRequest {
  /** The kernel that ran, with its symbols: a vmlinux. */
  readonly vmlinux: string;
  /** Where it was built, and from which tree. */
  readonly build: string;
  readonly tree: string;
  /** A directory for objects; what is made there is removed. */
  readonly scratch: string;
  readonly jobs: number;
  readonly processes: Pick<Processes, 'run'>;
  readonly signal: AbortSignal;
  /** What was proved before: by object and source with their times, then by frame. Of the object that the kernel was linked from, for that is compared each time. */
  readonly proved: Map<string, Map<string, readonly SourceLine[]>>;
}

/** What is not decoded by then stays as it was. Ms. */
const mostMs = 60_000;
/** Assembly: nothing is hidden in its lines, and each trace ends in it. */
const assembly = /^(?:entry_|asm_|ret_from_fork)/;

/** A function that frames name, and what may be the object that it is from. */
interface Wanted {
  readonly there: CodeSymbol;
  readonly frames: readonly Frame[];
}

/** Never fails: what cannot be proved is not in the answer. */
export async function decodeSplats(splats: readonly Pick<Splat, 'frames'>[], request: DecodeRequest): Promise<Decoded> {
  const decoded = new Map<string, readonly SourceLine[]>();
  const unique = new Map(splats.flatMap((splat) => splat.frames).filter((frame) => frame.module === undefined).map((frame) => [frameKey(frame), frame]));
  if (unique.size === 0) return decoded;
  const deadline = AbortSignal.any([request.signal, AbortSignal.timeout(mostMs)]);
  let fd: number;
  try {
    fd = openSync(request.vmlinux, 'r');
  } catch {
    return decoded;
  }
  try {
    const linked = codeFile((offset, size) => {
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, readSync(fd, bytes, 0, size, offset));
    });
    const wanted = wantedFunctions(linked, [...unique.values()]);
    if (hasLines(linked)) await readLines({ ...request, signal: deadline }, request.vmlinux, undefined, wanted, decoded);
    else await compileAll({ ...request, signal: deadline }, linked, wanted, decoded);
  } finally {
    closeSync(fd);
  }
  return decoded;
}

/** In the order of the frames. */
function wantedFunctions(linked: CodeFile, frames: readonly Frame[]): Wanted[] {
  const names = [...new Set(frames.map((frame) => frame.function))].filter((name) => !assembly.test(name));
  return names.flatMap((name) => {
    const own = frames.filter((frame) => frame.function === name);
    const there = own[0] === undefined ? undefined : namedFunction(linked, own[0]);
    return there === undefined ? [] : [{ there, frames: own }];
  });
}

/** Of a frame in a trace the call is wanted, not what comes after it. */
const addressIn = (symbol: CodeSymbol, frame: Frame): bigint => symbol.value + BigInt(frame.offset) - (frame.exact ? 0n : 1n);

/** @param section an object's, from whose start its addresses count */
async function readLines(request: DecodeRequest, file: string, section: string | undefined, functions: readonly Wanted[], decoded: Map<string, readonly SourceLine[]>): Promise<void> {
  const asked = functions.flatMap(({ there, frames }) => frames.map((frame) => ({ frame, address: addressIn(there, frame) })));
  const ran = await request.processes.run({
    argv: ['addr2line', '-a', '-i', '-f', ...(section === undefined ? [] : ['-j', section]), '-e', file, ...asked.map(({ address }) => `0x${address.toString(16)}`)],
    env: { LC_ALL: 'C' }, signal: request.signal,
  });
  if (isFailure(ran) || ran.status !== 0) return;
  const lines = readAddr2line(ran.stdout, [request.tree, request.build]);
  for (const { frame, address } of asked) {
    const found = lines.get(address);
    if (found !== undefined) decoded.set(frameKey(frame), found);
  }
}

async function compileAll(request: DecodeRequest, linked: CodeFile, wanted: readonly Wanted[], decoded: Map<string, readonly SourceLine[]>): Promise<void> {
  if (wanted.length === 0) return;
  const members = await objectNames(request);
  const byObject = new Map<string, Wanted[]>();
  const homeless: Wanted[] = [];
  for (const one of wanted) {
    const names = sourceNames(linked, one.there).map((name) => name.replace(/\.c$/, '.o'));
    const object = provedObject(request, linked, one, members.filter((path) => names.includes(basename(path))));
    if (object === undefined) homeless.push(one);
    else byObject.set(object, [...byObject.get(object) ?? [], one]);
  }
  const queue = [...byObject];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined && !request.signal.aborted; next = queue.shift()) await compileOne(request, linked, next, decoded);
  };
  await Promise.all(Array.from({ length: Math.max(1, request.jobs) }, work));
  // An object that has none but global functions lies where nothing tells its name.
  for (const [object, functions] of await homesOf(request, linked, homeless)) await compileOne(request, linked, [object, functions], decoded);
}

/** The one object whose function this is; `undefined` where it is none of them, or more than one. */
function provedObject(request: DecodeRequest, linked: CodeFile, { there }: Wanted, candidates: readonly string[]): string | undefined {
  const same = candidates.filter((path) => {
    const object = objectFile(join(request.build, path));
    return object?.functions.some((symbol) => symbol.name === there.name && isSameCode(object, symbol, linked, there)) ?? false;
  });
  return same.length === 1 ? same[0] : undefined;
}

async function homesOf(request: DecodeRequest, linked: CodeFile, homeless: readonly Wanted[]): Promise<Map<string, Wanted[]>> {
  const homes = new Map<string, Wanted[]>();
  if (homeless.length === 0 || request.signal.aborted) return homes;
  const names = new Set(homeless.map(({ there }) => there.name));
  const defined = new Map<string, string[]>();
  const ran = await request.processes.run({
    argv: ['nm', '-A', '--defined-only', ...archives(request)], cwd: request.build, env: { LC_ALL: 'C' }, signal: request.signal,
    onLine: (line) => {
      const [, path, name] = /([^:]+):[0-9a-f]+ [tTwW] (\S+)$/.exec(line) ?? [];
      if (path !== undefined && name !== undefined && names.has(name)) defined.set(name, [...defined.get(name) ?? [], path]);
    },
  });
  if (isFailure(ran)) return homes;
  for (const one of homeless) {
    const object = provedObject(request, linked, one, defined.get(one.there.name) ?? []);
    if (object !== undefined) homes.set(object, [...homes.get(object) ?? [], one]);
  }
  return homes;
}

/** The archives that the kernel is linked from: vmlinux.a since 6.1, before it one at the top of each directory. */
function archives({ build }: DecodeRequest): string[] {
  const there = (names: readonly string[]) => names.filter((name) => existsSync(join(build, name)));
  const whole = there(['vmlinux.a']);
  const parts = whole.length > 0 ? whole : there(['.', 'arch/x86'].flatMap((dir) => namesIn(join(build, dir)).map((name) => join(dir, name, 'built-in.a'))));
  return [...parts, ...there(['lib/lib.a', 'arch/x86/lib/lib.a'])];
}

async function objectNames(request: DecodeRequest): Promise<string[]> {
  const lists = await Promise.all(archives(request).map(async (archive) => {
    const ran = await request.processes.run({ argv: ['ar', 't', archive], cwd: request.build, env: { LC_ALL: 'C' }, signal: request.signal });
    return isFailure(ran) ? [] : ran.stdout.split('\n').filter((name) => name.endsWith('.o'));
  }));
  return [...new Set(lists.flat())];
}

async function compileOne(request: DecodeRequest, linked: CodeFile, [object, functions]: readonly [string, readonly Wanted[]], decoded: Map<string, readonly SourceLine[]>): Promise<void> {
  const text = textOf(cmdPathOf(join(request.build, object)));
  const saved = text === undefined ? 'foreign' : parseCmdFile(text);
  if (typeof saved === 'string' || saved.source === undefined) return;
  const key = [join(request.build, object), resolve(request.build, saved.source)].map((path) => `${path} ${stampOf(path)}`).join('\n');
  const before = request.proved.get(key) ?? new Map<string, readonly SourceLine[]>();
  const keys = functions.flatMap(({ frames }) => frames.map(frameKey));
  if (keys.every((frame) => before.has(frame))) {
    for (const frame of keys) decoded.set(frame, before.get(frame) ?? []);
    return;
  }
  mkdirSync(request.scratch, { recursive: true });
  const output = join(request.scratch, `${process.pid}-${object.replaceAll('/', '-')}`);
  const script = debugCommand(saved, output);
  if (script === undefined) return;
  try {
    const ran = await request.processes.run({ argv: ['sh', '-c', script], cwd: request.build, signal: request.signal });
    const made = isFailure(ran) || ran.status !== 0 ? undefined : objectFile(output);
    if (made === undefined) return;
    const bySection = new Map<string, Wanted[]>();
    for (const { there, frames } of functions) {
      const own = made.functions.find((symbol) => symbol.name === there.name && isSameCode(made, symbol, linked, there));
      const section = own === undefined ? undefined : made.sections[own.section]?.name;
      if (own !== undefined && section !== undefined) bySection.set(section, [...bySection.get(section) ?? [], { there: own, frames }]);
    }
    for (const [section, own] of bySection) await readLines(request, output, section, own, decoded);
    request.proved.set(key, new Map([...before, ...keys.flatMap((frame) => {
      const lines = decoded.get(frame);
      return lines === undefined ? [] : [[frame, lines] as const];
    })]));
  } finally {
    for (const path of [output, `${output}.d`]) rmSync(path, { force: true });
  }
}

function objectFile(path: string): CodeFile | undefined {
  try {
    const bytes = readFileSync(path);
    return codeFile((offset, size) => bytes.subarray(offset, offset + size));
  } catch {
    return undefined;
  }
}
