/**
 * Where evidence is kept: a directory each, below STATE_DIR. It is made beside
 * its place and renamed when all is in it, and renamed again before it goes, so
 * that half of one never counts. For its owner alone: consoles and outputs may
 * hold what is nobody else's affair.
 */
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, fileFailure, makeDirectories, namesIn, textOf } from '../host/files.ts';
import { isAlive } from '../host/processes/process.ts';
import type { Failure, Result } from '../report/failure.ts';
import { readRecord, recordName, type EvidenceRecord } from './record.ts';
import { byAge, isOwnName, nameFor, tooMany, type Stored } from './too-many.ts';

export const evidenceDir = (stateDir: string): string => join(stateDir, 'evidence');

export interface Evidence extends Stored {
  readonly dir: string;
  readonly record: EvidenceRecord;
}

/** All there is, oldest first. */
export function listEvidence(stateDir: string): Evidence[] {
  const all = evidenceDir(stateDir);
  return namesIn(all).filter((name) => !name.startsWith('.')).flatMap((name) => {
    const dir = join(all, name);
    const record = readRecord(textOf(join(dir, recordName)) ?? '');
    return record === undefined ? [] : [{ name, dir, record, bytes: sizeOf(dir) }];
  }).sort((a, b) => a.record.atMs - b.record.atMs || (a.name < b.name ? -1 : 1));
}

/** What is in it; or where it is now, from where it is moved. */
type NewFile = { readonly name: string } & ({ readonly data: Buffer | string } | { readonly from: string });

/** A directory that is being filled. */
interface Unfinished {
  readonly dir: string;
  /** Puts it into its place, and drops what is too old. */
  finish(files: readonly NewFile[], most: { readonly coreBytes: number }): Result<string>;
  /** Removes it. */
  discard(): void;
}

/** `.PID-…`: whose it is, so that the next can tell what was left by a kloop that was killed. */
const unfinishedName = /^\.(\d+)-[0-9a-f]+$/;
const newUnfinished = () => `.${process.pid}-${randomBytes(6).toString('hex')}`;

export function begin(stateDir: string, atMs: number): Result<Unfinished> {
  const all = evidenceDir(stateDir);
  const dir = join(all, newUnfinished());
  const discard = () => rmSync(dir, { recursive: true, force: true });
  const failed = (error: unknown): Failure => {
    discardQuietly(dir);
    return fileFailure('writing files', all, error);
  };
  try {
    makeDirectories(stateDir);
    try {
      mkdirSync(all, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    sweep(all);
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    return failed(error);
  }
  return {
    dir,
    discard,
    finish: (files, { coreBytes }) => {
      try {
        for (const file of files) {
          if ('data' in file) writeFileSync(join(dir, file.name), file.data, { mode: 0o600 });
          else move(file.from, join(dir, file.name));
        }
        const place = moveIn(dir, all, atMs);
        drop(all);
        if (coreBytes > 0) dropCores(all, coreBytes);
        return place;
      } catch (error) {
        return failed(error);
      }
    },
  };
}

/** Two runs of kloop may end in the same second: a rename onto a directory that has files fails. */
function moveIn(dir: string, all: string, atMs: number): string {
  for (let which = 1; ; which++) {
    const place = join(all, nameFor(atMs, which));
    if (existsSync(place)) continue;
    try {
      renameSync(dir, place);
      return place;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error))) throw error;
    }
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    // STATE_DIR may be in parts.
    if (codeOf(error) !== 'EXDEV') throw error;
    copyFileSync(from, to);
    rmSync(from);
  }
}

/** The cores of the oldest go, until the others are few enough; never the newest's. */
function dropCores(all: string, most: number): void {
  const cores = namesIn(all).filter(isOwnName).sort((a, b) => byAge(b, a)).map((name) => coresIn(join(all, name))).filter((paths) => paths.length > 0);
  let bytes = 0;
  for (const [index, paths] of cores.entries()) {
    bytes += paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
    if (index > 0 && bytes > most) for (const path of paths) rmSync(path, { force: true });
  }
}

/** The newest core of them all, with its evidence. */
export function newestCore(stateDir: string): { readonly path: string; readonly evidence: Evidence } | undefined {
  return listEvidence(stateDir).reverse().flatMap((evidence) => coresIn(evidence.dir).map((path) => ({ path, evidence })))[0];
}

const isCore = (name: string) => /^core(?:-\d+)?$/.test(name);
const coresIn = (dir: string): string[] => namesIn(dir).filter(isCore).map((name) => join(dir, name));

/** What is too old goes. Where it does not, that is another user's: nothing hangs on it. */
function drop(all: string): void {
  const stored = namesIn(all).filter(isOwnName).map((name) => ({ name, bytes: sizeOf(join(all, name)) }));
  for (const name of tooMany(stored)) {
    const going = join(all, newUnfinished());
    try {
      renameSync(join(all, name), going);
    } catch {
      continue;
    }
    discardQuietly(going);
  }
}

/** Removes what a kloop left that was killed half-way. */
function sweep(all: string): void {
  for (const name of namesIn(all)) {
    const pid = unfinishedName.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) discardQuietly(join(all, name));
  }
}

function discardQuietly(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {
    // The next sweep tries again.
  }
}

/** Without the cores, which are many times larger, and go by themselves. */
function sizeOf(dir: string): number {
  return namesIn(dir).filter((name) => !isCore(name)).reduce((sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
