import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lostHost, spread, standInNames, stayHere } from '../../../tasks/kernel/make/build-hosts.ts';

const host = (text: string, slots: number) => ({ text, host: text, port: 3632, slots, ssh: false });
const facts = { by: 'distcc' as const, hosts: [host('a/8', 8), host('b/4,lzo', 4)], processors: 2, jobs: 0, path: '/usr/bin', ccache: false, standIns: '/s' };

test('the slots are added to the processors; JOBS overrides', () => {
  assert.is(spread(facts).jobs, 14);
  assert.is(spread({ ...facts, jobs: 3 }).jobs, 3);
});

test('other machines first, this one last; stand-ins before the compiler, or ccache in front', () => {
  assert.equal(spread(facts).env, { DISTCC_HOSTS: 'a/8 b/4,lzo localhost/2 --localslots=2 --localslots_cpp=14', DISTCC_NO_REWRITE_CROSS: '1', PATH: '/s:/usr/bin' });
  assert.is(spread({ ...facts, ccache: true }).env['CCACHE_PREFIX'], 'distcc');
  assert.is(spread({ ...facts, ccache: true }).env['PATH'], undefined);
  assert.equal(spread({ ...facts, by: 'icecc' }).env, { PATH: '/s:/usr/bin' });
});

test('few objects stay here', () => {
  assert.is(stayHere(spread(facts).env, 2)['DISTCC_HOSTS'], 'localhost/2');
  assert.equal(stayHere({ A: 'b' }, 2), { A: 'b' });
});

test('stand-ins are for compilers only, and not for one named by its path', () => {
  assert.equal(standInNames(['ccache', 'gcc', 'ld', 'as', 'pahole']), ['gcc']);
  assert.equal(standInNames(['clang-15', '/opt/gcc', 'x86_64-linux-gnu-gcc']), ['clang-15', 'x86_64-linux-gnu-gcc']);
});

test('a host that distcc lost', () => {
  assert.is(lostHost('distcc[1] ERROR: failed to connect to 127.0.0.1:4002: Connection refused'), '127.0.0.1:4002');
  assert.is(lostHost('net/a.c:1:1: error: x'), undefined);
});

test.run();
