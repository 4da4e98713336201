import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lacksOf, lackWords } from './host-needs.ts';

const without = (...names: string[]) => (tools: readonly { name: string }[]) => tools.filter((tool) => names.includes(tool.name)) as never[];

test('what is missing is told with the tests that need it, and the command', () => {
  const files = ['cli/parse.test.ts', 'network/nics/nics.e2e.test.ts', 'watch/terminal.e2e.test.ts'];
  const lacks = lacksOf(files, without('bison', 'dnsmasq', 'ping', 'tmux', 'clang'));
  assert.equal(lacks.map((lack) => lack.skips), [false, false, false, true]);
  assert.is(lackWords(lacks), [
    'this host lacks what tests need:',
    '  bison: needed by: network/nics/nics.e2e.test.ts, watch/terminal.e2e.test.ts',
    '  dnsmasq: needed by: network/nics/nics.e2e.test.ts',
    '  ping: needed by: network/nics/nics.e2e.test.ts',
    '  tmux: skipped without: watch/terminal.e2e.test.ts',
    '  Run: npm test -- --install',
  ].join('\n'));
});

test('the quick tests need nothing; a host that has all lacks nothing', () => {
  assert.equal(lacksOf(['cli/parse.test.ts'], without('bison')), []);
  assert.equal(lacksOf(['vm.e2e.test.ts'], without()), []);
});

test.run();
