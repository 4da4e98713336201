/** What is said of a kernel that cannot be made, and of the run after it, with the real tools and tree. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, startKloop } from '../../support/kloop.ts';

const tree = process.env['KLOOP_TEST_TREE'];
const edited = join(tree ?? '', 'net/mptcp/pm.c');
const test = suite<{ before: string }>('failures');

if (tree === undefined) test.skip('needs KLOOP_TEST_TREE, a built kernel tree', () => undefined);
else {
  test.before((context) => { context.before = readFileSync(edited, 'utf8'); });
  test.after(async ({ before }) => {
    writeFileSync(edited, before);
    assert.is((await kloop(['kernel', '--no-image'])).status, 0);
  });

  const build = (env: Record<string, string> = {}) => kloop(['kernel', '--no-image'], { env });
  const reason = async () => {
    const rows = JSON.parse((await kloop(['plan', 'kernel', '--json'])).stdout) as { target: string; words?: string }[];
    return rows.find((row) => row.target === 'kernel')?.words ?? '';
  };

  const links: readonly { name: string; code: string; what: RegExp; said: RegExp }[] = [
    {
      name: 'a symbol that nothing defines', code: 'int kloop_nothing(void);\nint kloop_user(void);\nint kloop_user(void) { return kloop_nothing(); }',
      what: /^kloop: the kernel does not link: kloop_nothing is not defined, but used by kloop_user\(\) in \S+$/m, said: /undefined reference to `kloop_nothing'/,
    },
    {
      name: 'a symbol that is defined twice', code: 'int mptcp_is_enabled(const struct net *net) { return 0; }',
      what: /^kloop: the kernel does not link: mptcp_is_enabled is defined more than once: \S+, \S+$/m, said: /multiple definition of `mptcp_is_enabled'/,
    },
    {
      name: 'a section mismatch', code: 'void kloop_setup(void);\nnoinline void __init kloop_setup(void) { asm volatile(""); }\nvoid kloop_late(void);\nvoid kloop_late(void) { kloop_setup(); }',
      what: /^kloop: the kernel does not link: section mismatch: kloop_late \(\.text\S*\) refers to kloop_setup \(\.init\.text\)$/m, said: /^WARNING: modpost: .*kloop_late.*kloop_setup/m,
    },
  ];
  for (const { name, code, what, said } of links) {
    test(`${name}: named, with who wants it; by the quick build and by make alike`, async ({ before }) => {
      writeFileSync(edited, `${before}\n${code}\n`);
      for (const env of [{}, { KERNEL_FAST: 'off' }]) {
        const ended = await build(env);
        assert.is(ended.status, 125);
        assert.match(ended.stderr, what);
        assert.match(ended.stderr, said);
        assert.not.match(ended.stderr, 'does not compile');
        assert.ok(ended.stderr.search(said) < ended.stderr.search(what));
        assert.is(await reason(), 'its last run failed');
      }
    });
  }

  test('a build that does not compile has no number of its own: the next good one counts on, as with make', async ({ before }) => {
    const counted = { KBUILD_BUILD_VERSION: '' };
    const number = () => Number(readFileSync(join(tree, '.version'), 'utf8'));
    writeFileSync(edited, `${before}\n/* counted */\n`);
    const ended = await build(counted);
    assert.is(ended.status, 0, ended.stderr);
    const first = number();
    writeFileSync(edited, `${before}\nint broken(void) { return undeclared_thing; }\n`);
    const broken = await build(counted);
    assert.is(broken.status, 125);
    assert.match(broken.stderr, /does not compile/);
    assert.is(number(), first);
    writeFileSync(edited, `${before}\n/* counted again */\n`);
    assert.is((await build(counted)).status, 0);
    assert.is(number(), first + 1);
  });

  test('the next run names what was edited since, and an interruption as such', async ({ before }) => {
    writeFileSync(edited, `${before}\nint broken(void) { return undeclared_thing; }\n`);
    const ended = await build();
    assert.match(ended.stderr, /^kloop: the kernel does not compile: net\/mptcp\/pm\.o$/m);
    assert.is(await reason(), 'its last run failed');
    writeFileSync(edited, before);
    assert.match(await reason(), /^input newer: .*net\/mptcp\/pm\.c, by /);
    const running = startKloop(['kernel', '--no-image']);
    await running.says(/kloop: kernel: vmlinux: input newer: .*net\/mptcp\/pm\.c/);
    process.kill(running.child.pid ?? 0, 'SIGINT');
    assert.is((await running.ended).status, 130);
    assert.is(await reason(), 'its last run was interrupted');
    assert.is((await build()).status, 0);
    assert.is(await reason(), '');
  });
}

test.run();
