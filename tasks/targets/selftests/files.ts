/** Files below a directory, with their times: what tests and headers are made from. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Input } from '../../graph/freshness.ts';
import { codeOf, stampOf } from '../../host/files.ts';

/** All files below it, and the directories, whose times tell that a file went. */
export function inputsBelow(dir: string): Input[] {
  return inputs(dir, true);
}

/** The files of the directory itself, and it. */
export function inputsIn(dir: string): Input[] {
  return inputs(dir, false);
}

function inputs(dir: string, below: boolean): Input[] {
  try {
    return [
      { path: dir, stamp: stampOf(dir) },
      ...readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
        const path = join(dir, entry.name);
        if (entry.isDirectory()) return below ? inputs(path, below) : [];
        const stamp = stampOf(path);
        return stamp === 'missing' ? [] : [{ path, stamp }]; // a link that leads nowhere
      }),
    ];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
