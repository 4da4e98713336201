/**
 * Runs several test files in one process, one after the other, as uvu's own
 * command does; for run.ts, which starts it: before and after each file comes a
 * line that says which it is (said.ts).
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endMark, startMark } from './said.ts';

interface Uvu {
  UVU_DEFER: number;
  UVU_INDEX: number;
  UVU_QUEUE: unknown[][];
}

const uvu = globalThis as unknown as Uvu;
uvu.UVU_DEFER = 1; // a file only adds its tests; they run below
const { exec } = await import('uvu');
const before = { directory: process.cwd(), env: { ...process.env } };
let failed = false;
for (const file of process.argv.slice(2)) {
  const began = performance.now();
  console.log(startMark(file));
  uvu.UVU_QUEUE.splice(0, Infinity, [null]);
  uvu.UVU_INDEX = 0;
  try {
    await import(pathToFileURL(join(import.meta.dirname, '..', file)).href);
    await exec();
    failed ||= process.exitCode === 1;
  } catch (error) {
    failed = true;
    console.log(error);
  }
  // What a file leaves behind would be another's to stumble over.
  process.chdir(before.directory);
  for (const name of Object.keys(process.env)) if (before.env[name] === undefined) delete process.env[name];
  Object.assign(process.env, before.env);
  console.log(endMark(file, (performance.now() - began) / 1000));
}
process.exit(failed ? 1 : 0);
