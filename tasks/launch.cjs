#!/usr/bin/env node
// Starts kloop. TypeScript is bundled here rather than loaded by a hook at
// each start, and V8's compiled code is kept beside the bundle, a file for
// each command: nothing is compiled anew but what was edited. The bundle is
// made by the rule that kloop applies to kernels: when a source is newer.
// CommonJS, for Node starts a module of the other kind some 6 ms later.
'use strict';
const { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { homedir, tmpdir } = require('node:os');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

const root = dirname(__dirname);
const dayMs = 24 * 60 * 60 * 1000;

/** The newest change below the source folders, in ms: edits show in file times, additions and removals in folder times. */
function newestSource() {
  let newest = statSync(join(root, 'package.json')).mtimeMs;
  const pending = [join(root, 'tasks'), join(root, 'config')];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    newest = Math.max(newest, statSync(dir).mtimeMs);
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = `${dir}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else newest = Math.max(newest, statSync(path).mtimeMs);
    }
  }
  return newest;
}

/** Where bundles are kept: beside the packages, or, where kloop's own folder is read-only, in the user's cache. */
const caches = [
  join(root, 'node_modules', '.cache'),
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kloop', encodeURIComponent(root).slice(-200)),
];

/** A folder in one of them that is ours to fill; where none can be written to, one that goes when kloop ends. */
function makingFolder() {
  for (const cache of caches) {
    try {
      mkdirSync(cache, { recursive: true });
      return mkdtempSync(join(cache, 'making-'));
    } catch {
      // read-only, or somebody else's
    }
  }
  const passing = mkdtempSync(join(tmpdir(), 'kloop-'));
  process.on('exit', () => rmSync(passing, { recursive: true, force: true }));
  return mkdtempSync(join(passing, 'making-'));
}

async function bundle(newest) {
  const { build } = await import('esbuild').catch(() => {
    process.stderr.write(`kloop: its packages are not installed in ${root}\n  Run: npm ci\n`);
    process.exit(125);
  });
  const made = makingFolder();
  const cache = dirname(made);
  try {
    await build({
      entryPoints: { kloop: join(root, 'tasks', 'kloop.ts') },
      outdir: made,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      // A script from V8's cache has lost what resolves `import()`; as `require` it is ours to answer.
      supported: { 'dynamic-import': false },
      logLevel: 'warning',
      outExtension: { '.js': '.cjs' },
      banner: { js: '(function (module, exports, require) {' },
      footer: { js: '})' },
    });
  } catch {
    rmSync(made, { recursive: true, force: true });
    process.exit(125); // esbuild has said what is wrong, and where
  }
  const name = join(cache, `kloop-${newest}`);
  // mkdtemp's folder is its maker's alone: whoever bundled it, root or the user, the other may run it.
  chmodSync(made, 0o755);
  try {
    renameSync(made, name);
  } catch {
    rmSync(made, { recursive: true, force: true }); // a second start was quicker; its bundle is the same
  }
  // A bundle is kept a day after a newer one took its place: another start may be about to read it. Lists of what to ask are made again.
  for (const entry of readdirSync(cache)) {
    const old = join(cache, entry);
    // One that another start has just removed is as good as new.
    const { mtimeMs } = statSync(old, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (/^(kloop|making|asked)-/.test(entry) && old !== name && Date.now() - mtimeMs > dayMs) {
      rmSync(old, { recursive: true, force: true });
    }
  }
  return name;
}

/** Loads the bundle; what V8 has compiled by the end of the first run of a command is there in its next. */
function load(dir) {
  const filename = join(dir, 'kloop.cjs');
  const command = /^[a-z]+$/.test(process.argv[2] ?? '') ? process.argv[2] : 'other';
  const codePath = join(dir, `${command}-${process.version}.code`);
  const cachedData = existsSync(codePath) ? readFileSync(codePath) : undefined;
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) process.on('exit', () => keep(codePath, script));
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, require);
  return module.exports;
}

function keep(codePath, script) {
  const making = `${codePath}.${process.pid}`;
  try {
    writeFileSync(making, script.createCachedData());
    renameSync(making, codePath);
  } catch {
    rmSync(making, { force: true }); // another user's bundle, a full disk: it is only slower
  }
}

/**
 * Begins to ask the disk what a run with nothing to do asks, on another
 * processor, while kloop is loaded here. See host/ask-ahead.ts.
 */
function askAhead() {
  if (process.argv[2] !== 'kernel' && process.argv[2] !== 'vm') return undefined;
  const whose = encodeURIComponent([process.env['STATE_DIR'], process.env['REPOS_DIR']].join(' '));
  const lists = caches.map((cache) => join(cache, `asked-${whose.slice(-200)}`));
  const path = lists.find((list) => mayWrite(dirname(list))) ?? lists[1];
  if (!existsSync(path)) return { path, asked: undefined };
  try {
    const { spawn } = require('node:child_process');
    const list = openSync(path, 'r');
    const start = Buffer.alloc(4096);
    readSync(list, start, 0, start.length, 0);
    const folder = start.toString('utf8', 0, start.indexOf(0));
    const telling = `${path}-${process.pid}`;
    const told = openSync(telling, 'w+');
    rmSync(telling);
    // In the C locale: in others a comma may stand before the decimals.
    const child = spawn('xargs', ['-0', '-s', '1500000', 'stat', '-L', '--printf=%.9Y %s\\n'], {
      cwd: folder, env: { ...process.env, LC_ALL: 'C' }, stdio: [list, told, 'ignore'],
    });
    const ended = new Promise((resolve) => { child.on('error', resolve).on('exit', resolve); });
    const answers = ended.then((status) => (status === 0 ? readFileSync(`/proc/self/fd/${told}`, 'latin1') : undefined)).catch(() => undefined);
    return { path, asked: { list: `/proc/self/fd/${list}`, answers } };
  } catch {
    return { path, asked: undefined }; // a list that has just been removed, a full disk
  }
}

function mayWrite(dir) {
  try {
    accessSync(dir, constants.W_OK);
    return statSync(dir).isDirectory();
  } catch {
    return false; // not there, read-only, or somebody else's
  }
}

async function start() {
  const ahead = askAhead();
  const newest = newestSource();
  const ready = caches.map((cache) => join(cache, `kloop-${newest}`)).find((dir) => existsSync(dir));
  const dir = ready ?? await bundle(newest);
  // While a bundle is made, answers grow old.
  if (ahead !== undefined && ready === undefined) ahead.asked = undefined;
  if (process.argv[2] === '--prepare') return;
  let kloop;
  try {
    kloop = load(dir);
  } catch {
    // Cut off by a crash of the machine: made anew. A fault of our own shows once more.
    rmSync(dir, { recursive: true, force: true });
    kloop = load(await bundle(newest));
  }
  process.exit(await kloop.main(process.argv.slice(2), { root, ahead: ahead && { ...ahead, kloop: basename(dir) } }));
}

void start();
