/**
 * Runs the tests: `unit` (seconds), all but the long ones (with a real kernel),
 * or `long` (with these too: `*.long.test.ts`, and soaks and walks in full).
 * `--install` first installs the host packages that they need. Further words
 * choose files by a part of their path: `npm test -- machine/boot`; without
 * them, types and style are checked, too.
 *
 * A slow file is a process of its own; quick ones, of which most need less time
 * than Node's start, share one with their neighbours. What uvu says of each file
 * is read: one that never called `test.run()` says nothing, and fails.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingTools } from '../tasks/host/tools.ts';
import { countsOf, saidOf, startMark } from './runner/said.ts';
import { lacksOf, lackWords } from './runner/host-needs.ts';
import { buildSharedKernel, runKloop } from './support/shared-kernel.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const typed = process.argv.slice(2);
const mode = typed[0] === 'unit' || typed[0] === 'long' ? typed.shift() : 'all';
const install = typed.includes('--install');
const words = typed.filter((word) => word !== '--install');

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

async function runFile(file: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const wrong = objection(file);
  if (wrong !== undefined) return { file, passed: 0, failed: 1, skipped: 0, output: `${wrong}\n`, seconds: 0 };
  const minutes = mode === 'long' ? limits.long : isSlow(file) ? limits.slow : limits.quick;
  const { status, output, seconds } = await runProgram([process.execPath, '--import', 'tsx', join(here, file)], env, minutes);
  const { total, passed, skipped } = countsOf(output);
  // A file that ended badly although all its tests passed has failed; so has one without tests.
  const failed = Math.max(total - passed, status === 0 && total + skipped > 0 ? 0 : 1);
  return { file, passed, failed, skipped, output: total + skipped === 0 ? `${output}${file} ran no test\n` : output, seconds };
}

/** Several in one process, see runner/together.ts. */
async function runTogether(together: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome[]> {
  const outcomes = together.flatMap((file): Outcome[] => {
    const wrong = objection(file);
    return wrong === undefined ? [] : [{ file, passed: 0, failed: 1, skipped: 0, output: `${wrong}\n`, seconds: 0 }];
  });
  const ready = together.filter((file) => !outcomes.some((outcome) => outcome.file === file));
  if (ready.length === 0) return outcomes;
  const { status, output } = await runProgram([process.execPath, '--import', 'tsx', join(here, 'runner', 'together.ts'), ...ready], env, limits.quick);
  const said = saidOf(output);
  const ran = ready.map((file): Outcome => {
    const own = said.get(file);
    if (own === undefined) {
      const begun = output.lastIndexOf(startMark(file));
      return { file, passed: 0, failed: 1, skipped: 0, output: begun < 0 ? `${file} ran no test: the process had ended before\n` : `${output.slice(begun)}\nthe process ended in it, with ${status}\n`, seconds: 0 };
    }
    const { total, passed, skipped } = countsOf(own.output);
    return { file, passed, failed: Math.max(total - passed, total + skipped > 0 ? 0 : 1), skipped, output: total + skipped === 0 ? `${own.output}${file} ran no test\n` : own.output, seconds: own.seconds };
  });
  const [last] = ran.slice(-1);
  if (last !== undefined && status !== 0 && ran.every(({ failed }) => failed === 0)) ran.splice(-1, 1, { ...last, failed: 1, output: `${output}the process of ${ready.join(', ')} ended with ${status}\n` });
  return [...outcomes, ...ran];
}

/** A check that is one of package.json's scripts: passed or failed as a whole. */
async function runScript(name: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const { status, output, seconds } = await runProgram(['npm', 'run', '--silent', name], env);
  return { file: name, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0, output, seconds };
}

/** How long a test file may take, in minutes: one that hangs is a failure that names it. */
const limits = { quick: 10, slow: 15, long: 300 };

function runProgram([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv, minutes: number = limits.long): Promise<{ status: number | null; output: string; seconds: number }> {
  const began = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    const timer = setTimeout(() => {
      output += `\nstill running after ${minutes} minutes: ended\n`;
      child.kill('SIGKILL');
      // What it has started may hold these open.
      child.stdout.destroy();
      child.stderr.destroy();
    }, minutes * 60_000);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, output, seconds: (performance.now() - began) / 1000 });
    });
  });
}

/** How many quick files one process runs: some seconds of work, so that all processors have some until the end. */
const filesTogether = 12;

function groupsOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

type Job = () => Promise<readonly Outcome[]>;

async function runAll(jobs: readonly Job[], atOnce: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const done = await job();
      outcomes.push(...done);
      for (const outcome of done) tell(outcome);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return outcomes;
}

function tell({ file, passed, failed, skipped, output, seconds }: Outcome): void {
  console.log(`${(failed > 0 ? 'FAILED' : 'ok').padEnd(6)} ${file}: ${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''} (${seconds.toFixed(1)} s)`);
  if (failed > 0) console.log(output);
  else if (output.includes('# ')) console.log(output.split('\n').filter((line) => line.startsWith('# ')).join('\n'));
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

if (install) await runKloop(root, ['packages', '--install', '--all'], env);
const lacks = lacksOf([...quick, ...slow], missingTools);
if (lacks.length > 0) console.log(lackWords(lacks));
if (lacks.some((lack) => !lack.skips)) process.exit(1);

const checks = words.length === 0 && mode !== 'unit' ? ['typecheck', 'lint'] : [];
const inEnv = (env: NodeJS.ProcessEnv) => (file: string): Job => async () => [await runFile(file, env)];
const quickJobs = groupsOf(quick, filesTogether).map((group): Job => () => runTogether(group, env));
const quickOnes = runAll([...checks.map((name): Job => async () => [await runScript(name, env)]), ...quickJobs], Math.min(availableParallelism(), 8));
// Beside the quick ones, for it keeps one processor busy at first: the source is unpacked, and configured.
const building = slow.length > 0 ? buildSharedKernel(root, env) : undefined;
building?.catch(() => undefined); // it is told below, when the quick ones have ended
const outcomes = await quickOnes;
if (building !== undefined) {
  const shared = await building;
  // Those that edit and build the shared tree, as their text tells, go one after the other. The others
  // boot a copy of its kernel, and wait for their guests most of the time, or boot nothing: they go beside.
  const atTree = (file: string) => /\bworkshop\(|KLOOP_TEST_TREE/.test(readFileSync(join(here, file), 'utf8'));
  const bootsNothing = (file: string) => /^(config|doctor|targets)\//.test(file) && !atTree(file);
  const lanes = [slow.filter(atTree), slow.filter((file) => !atTree(file) && !bootsNothing(file)), slow.filter(bootsNothing)];
  outcomes.push(...(await Promise.all(lanes.map((lane) => runAll(lane.map(inEnv({ ...env, ...shared })), 1)))).flat());
}
const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((n, outcome) => n + pick(outcome), 0);
const failed = sum((o) => o.failed);
for (const outcome of outcomes.filter((o) => o.failed > 0)) console.log(`FAILED ${relative(root, join(here, outcome.file))}`);
const skipped = sum((o) => o.skipped);
if (skipped > 0) console.log(`${skipped} skipped: this host lacks what they need`);
console.log(`${sum((o) => o.passed)} passed, ${failed} failed`);
process.exitCode = failed > 0 || outcomes.length === 0 ? 1 : 0;
