import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCall } from '../../tasks/cli/parse.ts';
import { commands } from '../../tasks/commands/index.ts';
import { buildLine, checkLine, doctorLine, evidenceLine, evidenceTextLine, planLine, runLine, wordsOf, type Line } from '../../tasks/mcp/command-lines.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';

const vm = { kernel: '--install', timeout: '5m', memory: '2G', cpus: 2, kernelOptions: ['--x', 'quiet'] };

test('each tool has its command line; what is not given is not in it', () => {
  assert.equal(wordsOf(planLine({}), undefined), ['plan', '--json']);
  assert.equal(wordsOf(planLine({ target: 'kernel' }), '../linux'), ['plan', '--json', 'kernel', '--tree=../linux']);
  assert.equal(wordsOf(buildLine({}), undefined), ['kernel', '--no-image']);
  assert.equal(wordsOf(buildLine({ image: true }), undefined), ['kernel']);
  assert.equal(wordsOf(runLine({ command: ['--', '-x'] }), '/t'), ['vm', '--json', '--tree=/t', '--', '--', '-x']);
  assert.equal(wordsOf(runLine({ command: ['a'], ...vm }), undefined), ['vm', '--json', '--kernel=--install', '--timeout=5m', '--mem=2G', '--cpus=2', '--kopts=--x', '--kopts=quiet', '--', 'a']);
  assert.equal(wordsOf(checkLine({}), undefined), ['check', '--json']);
  assert.equal(wordsOf(checkLine({ tests: ['net/mptcp', './a'], repeat: 3, arguments: ['-C', '10'] }), '/t'), ['check', '--json', '--repeat=3', 'net/mptcp', './a', '--tree=/t', '--', '-C', '10']);
  assert.equal(wordsOf(doctorLine, undefined), ['doctor', '--json']);
  assert.equal(wordsOf(evidenceLine, undefined), ['evidence', '--json']);
  assert.equal(wordsOf(evidenceTextLine('last'), undefined), ['evidence', 'show', 'last']);
});

const all: readonly Line[] = [
  planLine({ target: 'kernel' }), buildLine({}), buildLine({ image: true }), runLine({ command: ['--install', '-x'], ...vm }),
  checkLine({ tests: ['net/mptcp:a.sh'], repeat: 3, arguments: ['--install'], ...vm }), doctorLine, evidenceLine, evidenceTextLine('last'),
];

for (const line of all) {
  test(`kloop takes it, and nothing in it installs anything: ${wordsOf(line, undefined).join(' ')}`, async () => {
    const [name = '', ...words] = wordsOf(line, '/tree');
    const spec = await commands[name]?.();
    assert.ok(spec !== undefined);
    const call = parseCall(spec, words);
    assert.not.ok(isFailure(call), isFailure(call) ? formatFailure(call) : '');
    assert.ok(typeof call !== 'string' && !isFailure(call));
    assert.is(call.options['install'], undefined);
    assert.is(call.options['tree'], '/tree');
    assert.equal(call.guestCommand, line.command ?? []);
    if (words.includes('--kopts=quiet')) assert.equal([call.options['kernel'], call.options['kopts']], ['--install', ['--x', 'quiet']]);
  });
}

test.run();
