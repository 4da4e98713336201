import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commands } from '../../tasks/commands/index.ts';
import { completionScript, flagsOf, type Shell } from '../../tasks/cli/completion.ts';
import { findProgram } from '../../tasks/host/files.ts';
import { testIf } from '../support/skip-unless.ts';

const specs = await Promise.all(Object.values(commands).map((load) => load()));
/** A test for which this shell must be here; else it is skipped, and counted as skipped. */
const inShell = (shell: Shell) => testIf(findProgram(shell) !== undefined, test);
let dir: string;
test.before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kloop completion-'));
  mkdirSync(join(dir, 'a directory'));
  writeFileSync(join(dir, "it's.img"), '');
});
test.after(() => rmSync(dir, { recursive: true }));

/** What bash would offer for the last of these words. */
function inBash(...words: string[]): string[] {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kloop; printf '%s\\n' "\${COMPREPLY[@]}"`;
  writeFileSync(join(dir, 'kloop.bash'), completionScript('bash', specs));
  const said = spawnSync('bash', ['-c', script, 'bash', join(dir, 'kloop.bash'), 'kloop', ...words], { cwd: dir, encoding: 'utf8' });
  assert.is(said.stderr, '');
  return said.stdout.split('\n').filter((word) => word !== '').sort();
}

test('flags are taken apart', () => {
  assert.equal(flagsOf({ flags: '-v, --dmesg', summary: '' }), { short: 'v', long: 'dmesg', alias: undefined, value: undefined });
  assert.equal(flagsOf({ flags: '--disk, --disks <files...>', summary: '' }), { short: undefined, long: 'disk', alias: 'disks', value: { name: 'files', several: true } });
  assert.equal(flagsOf({ flags: '--rw-dirs <dirs...>', summary: '' }), { short: undefined, long: 'rw-dirs', alias: undefined, value: { name: 'dirs', several: true } });
  assert.equal(flagsOf({ flags: '--save [fragment]', summary: '' }), { short: undefined, long: 'save', alias: undefined, value: { name: 'fragment', several: false } });
});

test('bash: commands, options, operands, values', () => {
  assert.equal(inBash('pac'), ['packages']);
  assert.equal(inBash('vm', '--k'), ['--kernel', '--kopts', '--kvm']);
  assert.equal(inBash('bridge', 's'), ['status']);
  assert.equal(inBash('vm', '--kernel', 'it'), ["it's.img"]);
  assert.equal(inBash('vm', '--rw-dirs', '/tmp', 'a'), ['a directory'], 'a list goes on');
  assert.equal(inBash('vm', '--disks', 'it'), ["it's.img"]);
  assert.equal(inBash('vm', '--disk', 'it'), ["it's.img"]);
  assert.equal(inBash('vm', '--user', 'roo'), ['root']);
  assert.equal(inBash('vm', '--mem', 'i'), []);
  assert.ok(inBash('vm', '--kernel', 'x', '').includes('--kvm'), 'one value is enough');
  assert.ok(inBash('vm', '-').includes('--'));
});

test("bash: after -- it is the guest's command", () => {
  assert.ok(inBash('vm', '--', 'bas').includes('bash'));
  assert.equal(inBash('vm', '--', 'ls', 'it'), ["it's.img"]);
});

test('every option of every command is in every script', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionScript(shell, specs);
    for (const spec of specs) for (const option of spec.options) {
      const { long, alias } = flagsOf(option);
      for (const name of [long, alias ?? long]) assert.ok(script.includes(shell === 'fish' ? `-l ${name} ` : `--${name}`), `${shell}: ${spec.name} --${name}`);
    }
  }
});

for (const shell of ['bash', 'zsh', 'fish'] satisfies Shell[]) {
  if (findProgram(shell) === undefined) console.log(`# completion: ${shell} not tried, for lack of it`);
  inShell(shell)(`${shell} takes the script`, () => {
    const file = join(dir, `kloop.${shell}`);
    writeFileSync(file, completionScript(shell, specs));
    const checked = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    assert.is(checked.stderr, '');
    assert.is(checked.status, 0);
  });
}

inShell('fish')('fish offers options with their meaning, and none after --', () => {
  const file = join(dir, 'kloop.fish');
  writeFileSync(file, completionScript('fish', specs));
  const inFish = (line: string) => spawnSync('fish', ['--no-config', '-c', `source ${JSON.stringify(file)}; complete -C ${JSON.stringify(line)}`], { cwd: dir, encoding: 'utf8' }).stdout;
  assert.match(inFish('kloop vm --kv'), /^--kvm\trequire KVM\n$/);
  assert.match(inFish('kloop pac'), /^packages\t/);
  assert.match(inFish('kloop vm --kernel it'), "it's.img");
  assert.is(inFish('kloop vm -- --kv'), '');
});

inShell('zsh')('zsh, with its completion on, offers commands, options, operands, and files for the guest', () => {
  writeFileSync(join(dir, '_kloop'), completionScript('zsh', specs));
  // A zsh in a terminal of its own: only there does it complete.
  const script = `zmodload zsh/zpty; zpty z zsh -f -i
zpty -w z "PS1=; LISTMAX=1000; autoload -U compinit; compinit -u -D; source $1; bindkey '^I' list-choices; print REA''DY"
zpty -r z out '*READY*'
while read -r line && read -r wanted; do
  zpty -n -w z "$line"$'\\t'; zpty -r z out "*$wanted*"; print -r -- "$wanted"; zpty -n -w z $'\\C-u'
done`;
  const asked = ['kloop pa', 'packages*required host packages', 'kloop vm --kv', '--kvm*require KVM', 'kloop bridge s', 'status', 'kloop vm --kernel ./it', "it\\'s.img", 'kloop vm -- ls a', 'a\\ directory'];
  const said = spawnSync('zsh', ['-f', '-c', script, 'zsh', join(dir, '_kloop').replaceAll(' ', '\\ ')], { cwd: dir, encoding: 'utf8', input: `${asked.join('\n')}\n`, timeout: 20_000 });
  assert.equal(said.stdout.split('\n').filter((line) => line !== ''), asked.filter((_, i) => i % 2 === 1));
});

test.run();
