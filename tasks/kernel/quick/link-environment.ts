/**
 * What the top makefile exports to the makefiles below it. The link steps
 * cannot run without it, and only make knows it. It is asked once after a
 * build by make, with a goal of our own: 0.4 s, no descent, nothing made.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readText, stateOf, writeWhole, type FileState } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure } from '../../report/failure.ts';
import { same } from '../inputs/changes.ts';
import type { BuildDirs } from '../inputs/index-model.ts';

export interface LinkEnvironment {
  /** The variables, as a recipe of the top makefile sees them. */
  readonly exported: Readonly<Record<string, string>>;
  /** The recipe it was asked with. */
  readonly recipe: string;
  /** The files that decide about it, as they were. */
  readonly files: Readonly<Record<string, FileState | null>>;
}

/** The caller's own, which each call has again; and what belongs to one make process. */
const notKept = /^(_|PWD|OLDPWD|SHLVL|MAKELEVEL|MFLAGS|MAKE_TERM.*|MAKEOVERRIDES|npm_.*|COLUMNS|LINES|TERM)$/;

/** `MAKEFLAGS` without the goal of our own and without a jobserver. Pure. */
export function cleanMakeFlags(flags: string): string {
  return flags
    .replace(/ ?--eval=(\\.|[^\s\\])*/g, '')
    .replace(/ ?(--jobserver-(auth|fds)=\S+|-j\d*)/g, '')
    .trim();
}

/** The output of `env -0`, as variables. Pure. */
export function parseEnvironment(text: string): Record<string, string> {
  const exported: Record<string, string> = {};
  for (const line of text.split('\0')) {
    const cut = line.indexOf('=');
    if (cut > 0 && !notKept.test(line.slice(0, cut))) exported[line.slice(0, cut)] = line.slice(cut + 1);
  }
  exported['MAKEFLAGS'] = cleanMakeFlags(exported['MAKEFLAGS'] ?? '');
  return exported;
}

function deciding(tree: BuildDirs): string[] {
  return [
    ...['Makefile', 'Kbuild', 'arch/x86/Makefile', 'scripts/Kbuild.include', 'scripts/Makefile.compiler', 'scripts/Makefile.lib', 'scripts/Makefile.build', 'scripts/Makefile.extrawarn'].map((name) => join(tree.source, name)),
    ...['include/config/auto.conf', 'include/config/kernel.release'].map((name) => join(tree.build, name)),
  ];
}

interface CaptureRequest {
  readonly tree: BuildDirs;
  /** make's arguments besides the goal. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly recipe: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Asks make, and keeps the answer. Where that does not work there is none, and no build is quick. */
export async function captureEnvironment(request: CaptureRequest, processes: Pick<Processes, 'run'>): Promise<void> {
  const { tree } = request;
  const files: Record<string, FileState | null> = {};
  for (const path of deciding(tree)) files[path] = stateOf(path) ?? null;
  const answer = `${request.path}.answer`;
  rmSync(answer, { force: true });
  // The recipe expands LDFLAGS_vmlinux itself: newer trees export it to one target only.
  const rule = `kloop-environment: ; @LDFLAGS_vmlinux='$(LDFLAGS_vmlinux)' env -0 > "$$KLOOP_ANSWER"`;
  const ended = await processes.run({
    argv: ['make', ...request.args, `--eval=${rule}`, 'kloop-environment'],
    cwd: tree.source,
    env: { ...request.env, KLOOP_ANSWER: answer },
    signal: request.signal,
  });
  const text = isFailure(ended) || ended.status !== 0 ? undefined : readText(answer);
  rmSync(answer, { force: true });
  if (text === undefined || isFailure(text)) return;
  const exported = parseEnvironment(text);
  // What make had from us it shall have again each time.
  const ours: Record<string, string | undefined> = { ...process.env, ...request.env, KLOOP_ANSWER: answer };
  for (const [key, value] of Object.entries(exported)) if (ours[key] === value) delete exported[key];
  if (exported['srctree'] === undefined) return;
  writeWhole(request.path, JSON.stringify({ exported, recipe: request.recipe, files } satisfies LinkEnvironment));
}

/** The kept answer, where it holds still. */
export function readEnvironment(path: string, recipe: string): LinkEnvironment | undefined {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as LinkEnvironment;
    const holds = kept.recipe === recipe && typeof kept.exported['srctree'] === 'string' && Object.entries(kept.files).every(([file, before]) => {
      const now = stateOf(file);
      return before === null ? now === undefined : now !== undefined && same(before, now);
    });
    return holds ? kept : undefined;
  } catch {
    return undefined;
  }
}
