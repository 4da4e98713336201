import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, renameSync,
  rmSync, unlinkSync, writeFileSync, writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Watched } from '../../../tasks/watch/files/watched.ts';
import { watchTree, type TreeEvents, type TreeWatch } from '../../../tasks/watch/files/tree-watch.ts';
import { testIf } from '../../support/skip-unless.ts';

/** A small tree under watch, and all that was told of it. */
interface Scene {
  readonly root: string;
  readonly tree: string;
  readonly file: string;
  readonly watched: Watched;
  readonly watch: TreeWatch;
  readonly log: string[];
  /** Resolves when something told matches; fails after 3 s. */
  until(pattern: RegExp): Promise<void>;
  end(): Promise<void>;
}

async function scene(more: (tree: string, root: string) => Partial<Watched> = () => ({}), prepare: (tree: string) => void = () => undefined): Promise<Scene> {
  const root = mkdtempSync(join(tmpdir(), "kloop watch 'ü "));
  const tree = join(root, 'my linux');
  mkdirSync(join(tree, 'net', 'mptcp'), { recursive: true });
  mkdirSync(join(tree, 'drivers'));
  const file = join(tree, 'net', 'mptcp', 'protocol.c');
  writeFileSync(file, 'int a;\n');
  writeFileSync(join(tree, 'Makefile'), '');
  prepare(tree);
  const watched: Watched = {
    tree, buildDir: tree, inputs: new Set([file, join(tree, 'Makefile')]), directories: new Set(), made: new Set(), configs: new Set([join(tree, '.config')]),
    settings: new Set(), commands: new Set(), tests: new Set(), alsoDirectories: [], complete: true, ...more(tree, root),
  };
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (line: string) => {
    log.push(line);
    for (const look of waiting) look();
  };
  const short = (path: string) => (path === tree ? 'the tree' : path.replace(`${tree}/`, '').replace(`${root}/`, ''));
  const told: TreeEvents = {
    changed: (changes) => { for (const change of changes) tell(`${change.kind} ${short(change.path)}`); },
    ignored: (path, why) => tell(`ignored ${short(path)}: ${why}`),
    pause: (why, on) => tell(`${why} ${on ? 'holds' : 'free'}`),
    resumed: () => tell('resumed'),
    polls: (code) => tell(`polls ${code}`),
  };
  const watch = await watchTree(watched, told);
  return {
    root, tree, file, watched, watch, log,
    until: (pattern) => new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`never told ${pattern}; told:\n${log.join('\n')}`)), 3000);
      const look = () => {
        if (!log.some((line) => pattern.test(line))) return;
        clearTimeout(deadline);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    }),
    end: async () => {
      await watch.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Writes a file again and again until that is seen. */
async function writeUntil(s: Scene, path: string, pattern: RegExp): Promise<void> {
  const writing = setInterval(() => appendFileSync(path, 'x'), 10);
  await s.until(pattern).finally(() => clearInterval(writing));
}

/** The system calls by which editors save, in their order. */
const saves: Record<string, (file: string) => void> = {
  'in place (nano, vim with backupcopy=yes)': (file) => {
    const fd = openSync(file, 'w');
    writeSync(fd, 'int b;\n');
    fsyncSync(fd);
    closeSync(fd);
  },
  'in place, in many small writes (cp over)': (file) => {
    const fd = openSync(file, 'w');
    for (let i = 0; i < 50; i++) writeSync(fd, `int b${i};\n`);
    closeSync(fd);
  },
  'temporary file and rename (VS Code with atomic saves, sed -i)': (file) => {
    writeFileSync(join(dirname(file), 'sedAb12Cd'), 'int b;\n');
    renameSync(join(dirname(file), 'sedAb12Cd'), file);
  },
  'backup by rename, then a new file (vim with backupcopy=no)': (file) => {
    writeFileSync(join(dirname(file), '4913'), '');
    unlinkSync(join(dirname(file), '4913'));
    renameSync(file, `${file}~`);
    writeFileSync(file, 'int b;\n');
    unlinkSync(`${file}~`);
  },
  'backup by link, then a rename over it (emacs with backup-by-copying off)': (file) => {
    writeFileSync(join(dirname(file), `.#${basename(file)}`), '');
    rmSync(`${file}~`, { force: true });
    linkSync(file, `${file}~`);
    writeFileSync(join(dirname(file), `#${basename(file)}#`), 'int b;\n');
    renameSync(join(dirname(file), `#${basename(file)}#`), file);
    unlinkSync(join(dirname(file), `.#${basename(file)}`));
  },
  'twice: saved, then formatted': (file) => {
    writeFileSync(file, 'int  b;\n');
    writeFileSync(`${file}-1234`, 'int b;\n');
    renameSync(`${file}-1234`, file);
  },
};

for (const [name, save] of Object.entries(saves)) {
  test(`a save is seen, three times over: ${name}`, async () => {
    const s = await scene();
    for (let i = 0; i < 3; i++) {
      s.log.length = 0;
      save(s.file);
      await s.until(/^source net\/mptcp\/protocol\.c$/);
      // All of it is told before the next save: an event of its own marks the end.
      writeFileSync(join(s.tree, 'drivers', `mark${i}.c`), '');
      writeFileSync(join(s.tree, 'Makefile'), String(i));
      await s.until(/^source Makefile$/);
      const other = s.log.filter((line) => !/^source|^ignored/.test(line));
      assert.equal(other, [], name);
    }
    await s.end();
  });
}

const hasVim = existsSync('/usr/bin/vim');
if (!hasVim) console.log('# vim is not installed: its saves are not tried');
testIf(hasVim, test)('vim itself, by both of its ways', async () => {
  for (const way of ['no', 'yes']) {
    const s = await scene();
    execFileSync('vim', ['-N', '-u', 'NONE', '-es', '-c', `set backup backupcopy=${way}`, '-c', 'normal Goint c;', '-c', 'w', '-c', 'q', s.file]);
    await s.until(/^source net\/mptcp\/protocol\.c$/);
    assert.ok(readFileSync(s.file, 'utf8').includes('int c;'));
    assert.equal(s.log.filter((line) => /^perhaps/.test(line)), []);
    await s.end();
  }
});

test('one watch for a directory, none for a file', async () => {
  const s = await scene((tree) => {
    const inputs = Array.from({ length: 500 }, (_, i) => join(tree, 'net', 'mptcp', `f${i}.c`));
    for (const path of inputs) writeFileSync(path, '');
    return { inputs: new Set(inputs) };
  });
  const watches = readdirSync('/proc/self/fdinfo').reduce((n, fd) => {
    try {
      return n + (readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify/gm)?.length ?? 0);
    } catch {
      return n; // the descriptor of the listing itself
    }
  }, 0);
  assert.is(watches, s.watch.directories);
  assert.ok(watches < 10, `${watches} watches`);
  await s.end();
});

test('a directory that is removed and made anew is watched again', async () => {
  const s = await scene();
  for (let i = 0; i < 3; i++) {
    rmSync(join(s.tree, 'net'), { recursive: true });
    mkdirSync(join(s.tree, 'net', 'mptcp'), { recursive: true });
    writeFileSync(s.file, '');
    await s.until(/^source net\/mptcp\/protocol\.c$/);
    // The new directory's watch takes a moment, and tells nothing of itself.
    s.log.length = 0;
    await writeUntil(s, s.file, /^source net\/mptcp\/protocol\.c$/);
    s.log.length = 0;
  }
  await s.end();
});

test('the tree is moved away and back: said, held, and watched as before', async () => {
  const s = await scene();
  for (let i = 0; i < 2; i++) {
    s.log.length = 0;
    renameSync(s.tree, `${s.tree} away`);
    await s.until(/^away holds$/);
    renameSync(`${s.tree} away`, s.tree);
    await s.until(/^perhaps the tree$/);
    assert.ok(s.log.indexOf('away free') >= 0);
    s.log.length = 0;
    writeFileSync(s.file, `int ${i};`);
    await s.until(/^source net\/mptcp\/protocol\.c$/);
  }
  await s.end();
});

test('a directory above the tree is moved away and back', async () => {
  const s = await scene();
  renameSync(s.root, `${s.root}x`);
  await s.until(/^away holds$/);
  renameSync(`${s.root}x`, s.root);
  await s.until(/^away free$/);
  await s.until(/^perhaps the tree$/);
  writeFileSync(s.file, 'int b;');
  await s.until(/^source net\/mptcp\/protocol\.c$/);
  await s.end();
});

test('what is looked at can change: headers come and go with builds', async () => {
  const s = await scene();
  const header = join(s.tree, 'drivers', 'new.h');
  await s.watch.look({ ...s.watched, inputs: new Set([...s.watched.inputs, header]) });
  writeFileSync(header, '');
  await s.until(/^source drivers\/new\.h$/);
  await s.watch.look(s.watched);
  s.log.length = 0;
  writeFileSync(header, '2');
  writeFileSync(s.file, '2');
  await s.until(/^source net/);
  assert.equal(s.log.filter((line) => line.includes('new.h')), []);
  await s.end();
});

test('--also: a file, and a directory with all that comes to be below it', async () => {
  const s = await scene((_, root) => {
    mkdirSync(join(root, 'tests', 'deep'), { recursive: true });
    return { commands: new Set([join(root, 'run.sh')]), alsoDirectories: [join(root, 'tests')] };
  });
  writeFileSync(join(s.root, 'run.sh'), '');
  await s.until(/^command run\.sh$/);
  writeFileSync(join(s.root, 'tests', 'deep', 'a.py'), '');
  await s.until(/^command tests\/deep\/a\.py$/);
  mkdirSync(join(s.root, 'tests', 'more'));
  await s.until(/^command tests\/more$/);
  await writeUntil(s, join(s.root, 'tests', 'more', 'b.py'), /^command tests\/more\/b\.py$/);
  await s.end();
});

const git = (tree: string, ...args: string[]) => execFileSync('git', ['-C', tree, '-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], { stdio: 'pipe' });

test('git at work on a thousand files holds until its lock is gone', async () => {
  let files: string[] = [];
  const s = await scene((tree) => ({ inputs: new Set([join(tree, 'net/mptcp/protocol.c'), ...files]) }), (tree) => {
    files = Array.from({ length: 1000 }, (_, i) => join(tree, 'net', `f${i}.c`));
    const write = (text: string) => { for (const path of files) writeFileSync(path, text); };
    write('old\n');
    git(tree, 'init');
    git(tree, 'add', '.');
    git(tree, 'commit', '-qm', 'old');
    git(tree, 'checkout', '-qb', 'new');
    write('new\n');
    git(tree, 'commit', '-qam', 'new');
  });
  git(s.tree, 'checkout', '-q', 'main');
  await s.until(/^source net\/f999\.c$/);
  await s.until(/^git free$/);
  const changed = new Set(s.log.filter((line) => line.startsWith('source net/f')));
  assert.is(changed.size, 1000);
  await s.end();
});

test("git's lock: held while it is there, also where it was there from the start", async () => {
  const s = await scene(undefined, (tree) => {
    git(tree, 'init');
    writeFileSync(join(tree, '.git', 'index.lock'), '');
  });
  assert.equal(s.log, ['git holds']);
  unlinkSync(join(s.tree, '.git', 'index.lock'));
  await s.until(/^git free$/);
  writeFileSync(join(s.tree, '.git', 'index.lock'), '');
  await s.until(/^git holds$/);
  renameSync(join(s.tree, '.git', 'index.lock'), join(s.tree, '.git', 'index'));
  await s.until(/^git free$/);
  await s.end();
});

test('a rebase that stopped for the person does not hold', async () => {
  const s = await scene(undefined, (tree) => {
    git(tree, 'init');
    mkdirSync(join(tree, '.git', 'rebase-merge'));
  });
  assert.equal(s.log, ['git free']);
  await s.end();
});

test('the limit of inotify: said, and files are polled instead', async () => {
  // In a user namespace of its own the limit can be lowered without touching the host's.
  const script = `
    import { watchTree } from ${JSON.stringify(join(import.meta.dirname, '../../../tasks/watch/files/tree-watch.ts'))};
    import { appendFileSync, writeFileSync } from 'node:fs';
    writeFileSync('/proc/sys/user/max_inotify_watches', '1');
    const tree = process.argv[1];
    const file = tree + '/net/mptcp/protocol.c';
    const watched = { tree, buildDir: tree, inputs: new Set([file]), directories: new Set(), made: new Set(), configs: new Set(), settings: new Set(), commands: new Set(), tests: new Set(), alsoDirectories: [], complete: true };
    const done = setTimeout(() => process.exit(3), 5000);
    const watch = await watchTree(watched, {
      changed: (changes) => { console.log(changes[0].kind); clearTimeout(done); void watch.close(); },
      ignored: () => undefined, pause: () => undefined, resumed: () => undefined,
      polls: (code) => { console.log('polls', code); setTimeout(() => appendFileSync(file, 'x'), 30); },
    });
  `;
  const s = await scene();
  let said: string;
  try {
    said = execFileSync('unshare', ['--user', '--map-root-user', process.execPath, '--import', 'tsx', '--input-type=module', '-e', script, s.tree], { encoding: 'utf8', cwd: join(import.meta.dirname, '../../..') });
  } finally {
    await s.end();
  }
  assert.is(said, 'polls ENOSPC\nsource\n');
});

test.run();
