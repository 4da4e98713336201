/**
 * Runs the tests: `unit` (seconds), all but the long ones (with a real kernel),
 * or `long` (with these too: `*.long.test.ts`, and soaks and walks in full). Further words choose files by a part of
 * their path: `npm test -- machine/boot`.
 *
 * Each file is a process of its own, and what uvu says at its end is read: a
 * file that never called `test.run()` says nothing, and fails.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSharedKernel } from './support/shared-kernel.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const words = process.argv.slice(2);
const mode = words[0] === 'unit' || words[0] === 'long' ? words.shift() : 'all';

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly output: string;
  readonly seconds: number;
}

function testFiles(): string[] {
  return readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
    .sort();
}

/** What makes a file's result worth nothing, before it runs. */
function objection(file: string): string | undefined {
  const text = readFileSync(join(here, file), 'utf8');
  if (/\.only\s*\(/.test(text)) return 'it calls .only(): its other tests would not run';
  if (!/\.run\(\s*\)/.test(text)) return 'it never calls test.run(): its tests would not run';
  return undefined;
}

/** uvu's closing lines, summed over the file's suites. */
function countsOf(output: string): { total: number; passed: number; skipped: number } {
  const text = output.replaceAll(/\u001b\[[0-9;]*m/g, '');
  const sum = (label: string) => [...text.matchAll(new RegExp(`^\\s+${label}:\\s+(\\d+)\\s*$`, 'gm'))].reduce((n, m) => n + Number(m[1]), 0);
  return { total: sum('Total'), passed: sum('Passed'), skipped: sum('Skipped') };
}

function runFile(file: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const wrong = objection(file);
  if (wrong !== undefined) return Promise.resolve({ file, passed: 0, failed: 1, skipped: 0, output: `${wrong}\n`, seconds: 0 });
  const began = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(here, file)], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.on('close', (status) => {
      const { total, passed, skipped } = countsOf(output);
      // A file that ended badly although all its tests passed has failed; so has one without tests.
      const failed = Math.max(total - passed, status === 0 && total + skipped > 0 ? 0 : 1);
      if (total + skipped === 0) output += `${file} ran no test\n`;
      resolve({ file, passed, failed, skipped, output, seconds: (performance.now() - began) / 1000 });
    });
  });
}

async function runAll(files: readonly string[], atOnce: number, env: NodeJS.ProcessEnv): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const outcome = await runFile(file, env);
      outcomes.push(outcome);
      const verdict = outcome.failed > 0 ? 'FAILED' : 'ok';
      const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : '';
      console.log(`${verdict.padEnd(6)} ${file}: ${outcome.passed} passed${skipped} (${outcome.seconds.toFixed(1)} s)`);
      if (outcome.failed > 0) console.log(outcome.output);
      else if (outcome.output.includes('# ')) console.log(outcome.output.split('\n').filter((line) => line.startsWith('# ')).join('\n'));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return outcomes;
}

const files = testFiles();
const isLong = (file: string) => file.endsWith('.long.test.ts');
const isSlow = (file: string) => file.endsWith('.e2e.test.ts') || isLong(file);
const quick = files.filter((file) => !isSlow(file));
const slow = mode === 'unit' ? [] : files.filter((file) => isSlow(file) && (mode === 'long' || !isLong(file)));
const env: NodeJS.ProcessEnv = {
  ...process.env,
  // The user's own settings are not the tests' affair.
  KLOOP_ENV_FILE: '',
  FORCE_COLOR: '0',
  ...(mode === 'long' ? { KLOOP_TEST_LONG: '1' } : {}),
};

const outcomes = await runAll(quick, Math.min(availableParallelism(), 8), env);
if (slow.length > 0) {
  const shared = await buildSharedKernel(root, env);
  // Those that edit and build the shared tree go one after the other. The others
  // boot a copy of its kernel, and wait for their guests most of the time: they go beside.
  const atTree = (file: string) => /^(kernel|watch)\/|^targets\/config|^loop|^vm/.test(file);
  const lanes = [slow.filter(atTree), slow.filter((file) => !atTree(file))];
  outcomes.push(...(await Promise.all(lanes.map((lane) => runAll(lane, 1, { ...env, ...shared })))).flat());
}
const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((n, outcome) => n + pick(outcome), 0);
const failed = sum((o) => o.failed);
for (const outcome of outcomes.filter((o) => o.failed > 0)) console.log(`FAILED ${relative(root, join(here, outcome.file))}`);
const skipped = sum((o) => o.skipped);
if (skipped > 0) console.log(`${skipped} skipped: this host lacks what they need`);
console.log(`${sum((o) => o.passed)} passed, ${failed} failed`);
process.exitCode = failed > 0 || outcomes.length === 0 ? 1 : 0;
