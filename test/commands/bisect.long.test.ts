/** bisect and each with kernels that are really built: sixteen commits of a whole tree, one of which panics at boot, and one of which does not compile. */
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../support/kloop.ts';
import { git } from '../support/little-kernel.ts';

/** A repository of the distribution's tree, as it is unpacked. @returns its path */
async function repositoryIn(dir: string): Promise<string> {
  const repos = join(dir, 'repos');
  const got = await kloop(['source'], { env: { REPOS_DIR: repos, STATE_DIR: join(dir, 'state') } });
  assert.is(got.status, 0, got.stderr);
  const tree = join(repos, readdirSync(repos).find((name) => !name.startsWith('.')) ?? '');
  git(tree, 'init', '--quiet');
  // By force: Debian's .gitignore ignores all but its own directory.
  git(tree, 'add', '--all', '--force');
  git(tree, 'commit', '--quiet', '--message=Linux');
  return tree;
}

/** Sixteen commits: the eighth does not compile, the eleventh panics. @returns their ids */
function commitsIn(tree: string): string[] {
  const [first, ...others] = ['net/ipv4/tcp.c', 'net/ipv4/route.c', 'net/ipv4/tcp_input.c', 'net/core/dev.c'] as const;
  const files = [first, ...others];
  const broken = '\nint kloop_is_broken(\n';
  const panics = '\nstatic int __init kloop_planted(void)\n{\n\tpanic("planted");\n}\nlate_initcall(kloop_planted);\n';
  return Array.from({ length: 16 }, (_, n) => {
    const i = n + 1;
    appendFileSync(join(tree, files[i % files.length] ?? first), `\nstatic const char kloop_change_${i}[] __used = "change ${i}";\n`);
    if (i === 8) appendFileSync(join(tree, first), broken);
    if (i === 9) writeFileSync(join(tree, first), readFileSync(join(tree, first), 'utf8').replace(broken, ''));
    if (i === 11) appendFileSync(join(tree, first), panics);
    git(tree, 'commit', '--quiet', '--all', `--message=change ${i}`);
    return git(tree, 'rev-parse', 'HEAD').trim();
  });
}

const dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-'));
let tree = '';
let ids: string[] = [];

test.before(async () => {
  tree = await repositoryIn(dir);
  ids = commitsIn(tree);
});

test.after(() => { rmSync(dir, { recursive: true }); });

/** In the tree, with as small a kernel as boots. */
async function inTree(...args: string[]) {
  const began = performance.now();
  const ended = await kloop(args, { cwd: tree, env: { KERNEL_CONFIG: join(import.meta.dirname, '../../config/variants/tiny.config') } });
  console.log(`# ${args[0]}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  for (const [line] of ended.stderr.matchAll(/^kloop: kernel: done in .*$/gm)) console.log(`# ${line}`);
  return ended;
}

test('a planted panic is found among sixteen commits, by quick builds', async () => {
  const ended = await inTree('bisect', 'HEAD~16', 'HEAD', '--', 'true');
  assert.is(ended.status, 0, ended.stderr);
  assert.is(ended.stdout, `${ids[10]}\n`, ended.stderr);
  assert.match(ended.stderr, `${ids[10]?.slice(0, 12)} is bad: the VM was lost: its kernel panicked: planted`);
  // Both ends, four to halve sixteen, and one or two around the one that does not compile.
  const [, count = ''] = /^kloop: (\d+) commits were tried/m.exec(ended.stderr) ?? [];
  assert.ok(Number(count) >= 6 && Number(count) <= 8, ended.stderr);
  assert.ok((ended.stderr.match(/\(quick: /g)?.length ?? 0) >= 3, ended.stderr);
  assert.is(git(tree, 'status', '--porcelain'), '');
});

test('each commit of a series of five is built and run: the one that does not compile is named', async () => {
  const ended = await inTree('each', `${ids[4]}..${ids[9]}`, '--', 'uname', '-r');
  assert.is(ended.status, 1, ended.stderr);
  assert.equal([...ended.stdout.matchAll(/^\w{12}  (\w+) +(\w+(?: \w+)?) +(change \d+)/gm)].map(([, ...cells]) => cells.join(', ')), [
    'ok, passed, change 6', 'ok, passed, change 7', 'failed, not run, change 8', 'ok, passed, change 9', 'ok, passed, change 10',
  ], ended.stdout);
});

test.run();
