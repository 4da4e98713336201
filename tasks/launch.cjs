#!/bin/sh
':' //; [ -e /proc/self/fd/1 ] || exec 1</dev/null; exec node "$0" "$@"
// The line above is for the shell, which reads this file first: Node opens
// /dev/null for a closed stdout, and what is printed would be lost without an
// error. Opened for reading alone it gives the error that a closed one gives.
//
// Starts kloop. In a checkout it bundles the TypeScript where a source is newer
// than the bundle, and runs that; a package has its bundle in dist/, and nothing
// to make one from. CommonJS, for Node starts an ES module some 6 ms later.
'use strict';
const { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createRequire, enableCompileCache, wrap } = require('node:module');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const root = dirname(__dirname);
const dayMs = 24 * 60 * 60 * 1000;
/** The same program with the packages of `kloop mcp`, with those of `--plot`, or without: see bundle.cjs. */
const bundleName = process.argv[2] === 'mcp' ? 'kloop-mcp' : process.argv.some((word) => /^--plot(=|$)/.test(word)) ? 'kloop-plot' : 'kloop';
/** Where bundles are kept: beside the packages, or, where kloop's own directory is read-only, in the user's cache. */
const caches = [
  join(root, 'node_modules', '.cache'),
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kloop', encodeURIComponent(root).slice(-200)),
];

const statOf = (path) => statSync(path, { throwIfNoEntry: false });

/** The newest change at a path and below it, in ms: edits show in file times, additions and removals in directory times. */
function newestBelow(path) {
  const stat = statOf(path);
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestBelow(`${path}/${name}`)));
}

/** Puts a bundle into the first cache that can be written to. Other users may run it: root's, say. */
function keep(name, text) {
  const cache = caches.find((dir) => {
    const making = join(dir, `${name}.${process.pid}`);
    try {
      mkdirSync(dir, { recursive: true });
      writeFileSync(making, text);
      chmodSync(making, 0o644);
      renameSync(making, join(dir, name));
      return true;
    } catch {
      return false; // read-only, full, or somebody else's
    }
  });
  if (cache === undefined) return;
  // An old one stays for a day: another start may be about to read it.
  const old = readdirSync(cache).filter((entry) => entry.startsWith('kloop-') && Date.now() - (statOf(join(cache, entry))?.mtimeMs ?? 0) > dayMs);
  for (const entry of old) rmSync(join(cache, entry), { recursive: true, force: true });
}

/** Before Node 22.8 that is ours to do: a third of a short command's time. V8 itself refuses what another version of it has compiled. */
function requireCompiled(path) {
  const kept = `${path}.v8`;
  const script = new Script(wrap(readFileSync(path, 'utf8')), { filename: path, cachedData: existsSync(kept) ? readFileSync(kept) : undefined });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  if (script.cachedDataRejected !== false) {
    const making = `${kept}.${process.pid}`;
    try {
      writeFileSync(making, script.createCachedData());
      renameSync(making, kept);
    } catch {
      // Somebody else's cache, or a full disk: compiled anew each time.
      rmSync(making, { force: true });
    }
  }
  return module.exports;
}

async function load() {
  if (!existsSync(join(root, 'tasks', 'kloop.ts'))) {
    enableCompileCache?.(join(caches[1], 'code'));
    return require(join(root, 'dist', `${bundleName}.cjs`)).main;
  }
  const name = `${bundleName}-${Math.max(...['package.json', 'tasks', 'config'].map((part) => newestBelow(join(root, part))))}.cjs`;
  const ready = caches.map((cache) => join(cache, name)).find((path) => existsSync(path));
  if (ready !== undefined) {
    // Node 22.8 and newer keep what V8 has compiled.
    enableCompileCache?.(`${ready}.code`);
    try {
      const { main } = enableCompileCache === undefined ? requireCompiled(ready) : require(ready);
      if (main !== undefined) return main;
    } catch {
      // Cut off by a crash of the machine, or not ours to read: made again. A fault of our own shows once more.
    }
  }
  const { bundle, exportsOf } = require('./bundle.cjs');
  const { outputFiles: [{ text }] } = await bundle(bundleName);
  keep(name, text);
  return exportsOf(text, name).main;
}

void load().then(async (main) => process.exit(await main(process.argv.slice(2), root)));
