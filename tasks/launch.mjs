#!/usr/bin/env node
// Starts kloop. TypeScript is bundled here rather than loaded by a hook at
// each start: the bundle starts in a third of the time, and it is rebuilt by
// the rule that kloop applies to kernels: when a source is newer than it.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dayMs = 24 * 60 * 60 * 1000;

/** The newest change below the source folders, in ms: edits show in file times, additions and removals in folder times. */
function newestSource() {
  let newest = statSync(join(root, 'package.json')).mtimeMs;
  const pending = [join(root, 'tasks'), join(root, 'config')];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    newest = Math.max(newest, statSync(dir).mtimeMs);
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) pending.push(path);
      else newest = Math.max(newest, statSync(path).mtimeMs);
    }
  }
  return newest;
}

/** Where bundles are kept: beside the packages, or, where kloop's own folder is read-only, below the temporary folder. */
function cacheFolder() {
  const cache = join(root, 'node_modules', '.cache');
  try {
    mkdirSync(cache, { recursive: true });
    rmSync(mkdtempSync(join(cache, 'try-')), { recursive: true });
    return cache;
  } catch {
    return mkdtempSync(join(tmpdir(), 'kloop-'));
  }
}

async function bundle(newest) {
  const { build } = await import('esbuild').catch(() => {
    process.stderr.write(`kloop: its packages are not installed in ${root}\n  Run: npm ci\n`);
    process.exit(125);
  });
  const cache = cacheFolder();
  const made = mkdtempSync(join(cache, 'making-'));
  chmodSync(made, 0o755); // whoever bundled it, root or the user, the other may run it
  try {
    await build({
      entryPoints: { kloop: join(root, 'tasks', 'kloop.ts') },
      outdir: made,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'linked',
      logLevel: 'warning',
      outExtension: { '.js': '.mjs' },
      // Some of the packages are CommonJS and expect a `require`.
      banner: { js: "import { createRequire as kloopRequire } from 'node:module'; const require = kloopRequire(import.meta.url);" },
    });
  } catch {
    rmSync(made, { recursive: true, force: true });
    process.exit(125); // esbuild has said what is wrong, and where
  }
  const name = join(cache, `kloop-${newest}`);
  // mkdtemp's folder is its maker's alone: root's bundle would stop the user's next start.
  chmodSync(made, 0o755);
  try {
    renameSync(made, name);
  } catch {
    rmSync(made, { recursive: true, force: true }); // a second start was quicker; its bundle is the same
  }
  // A bundle is kept a day after a newer one took its place: a `watch` that
  // began with it still loads its parts from there.
  for (const entry of readdirSync(cache)) {
    const old = join(cache, entry);
    if (/^(kloop|making)-/.test(entry) && old !== name && Date.now() - statSync(old).mtimeMs > dayMs) {
      rmSync(old, { recursive: true, force: true });
    }
  }
  return name;
}

const newest = newestSource();
const ready = join(root, 'node_modules', '.cache', `kloop-${newest}`);
const dir = existsSync(ready) ? ready : await bundle(newest);
if (process.argv[2] !== '--prepare') {
  const { main } = await import(pathToFileURL(join(dir, 'kloop.mjs')).href);
  process.exitCode = await main(process.argv.slice(2), { root });
}
