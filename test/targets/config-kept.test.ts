import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TargetRecord } from '../../tasks/graph/target.ts';
import { judgeKept, keep } from '../../tasks/targets/config-kept.ts';
import { settingsIn } from '../support/little-kernel.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-kept-'));
test.after(() => { rmSync(dir, { recursive: true }); });

const [kernelConfig, mine] = [join(dir, 'kernel.config'), join(dir, 'mine.config')];
const settings = settingsIn(dir, { KERNEL_CONFIG: kernelConfig, KERNEL_FRAGMENTS: mine });
/** Last changed in that second. */
const saved = (path: string, second: number) => {
  writeFileSync(path, '');
  utimesSync(path, second, second);
};
const yours = (text = 'CONFIG_A=y\n', before = false) => ({ whose: 'yours', text, before }) as const;
const past = (startedS: number, more: Partial<TargetRecord> = {}): TargetRecord => ({ startedMs: startedS * 1000, recipe: 'r', finished: true, ...more });

/** What a run says that began in that second; and the record that it leaves. */
function kept(whose: ReturnType<typeof yours>, before: TargetRecord | undefined, startedS: number, recipe = 'r') {
  const said: string[] = [];
  const made = keep(settings, whose, { past: before, say: (line) => said.push(line) }, recipe);
  return { said, note: made.note, record: past(startedS, { recipe, details: made.details }) };
}

test('an edit of what it would be made from is said once, with the command that applies it', () => {
  saved(kernelConfig, 10);
  saved(mine, 10);
  const made = past(20, { details: { kconfig: ['Kconfig'] } });
  assert.equal(judgeKept(settings, yours(), made, 'r'), { kind: 'fresh', note: 'edited by hand, kept: npm run config -- --reset generates it again' });
  saved(kernelConfig, 30);
  const stale = judgeKept(settings, yours(), made, 'r');
  assert.equal(stale.kind === 'stale' && stale.reason, { kind: 'input-newer', path: kernelConfig, byMs: 10_000 });
  const first = kept(yours(), made, 40);
  assert.equal(first.said, [`${kernelConfig} changed, but .config was edited by hand and is kept without the change. To apply it: npm run config -- --reset`]);
  // What the last generation left stays with the record.
  assert.equal((first.record.details as { kconfig: unknown }).kconfig, ['Kconfig']);
  const fresh = judgeKept(settings, yours(), first.record, 'r');
  assert.equal(fresh, { kind: 'fresh', note: `edited by hand, kept; ${kernelConfig} changed since: npm run config -- --reset generates it again` });
  saved(mine, 50);
  const second = kept(yours(), first.record, 60);
  assert.is(second.said.length, 1);
  assert.match(second.said[0] ?? '', new RegExp(`^${mine} changed, but`));
  assert.match(second.note ?? '', `${kernelConfig}, ${mine} changed since`);
});

test('the same for one that was there before kloop: its first run is what edits are judged by', () => {
  saved(kernelConfig, 10);
  saved(mine, 10);
  assert.is(judgeKept(settings, yours('', true), undefined, 'r').kind, 'stale');
  const first = kept(yours('', true), undefined, 20);
  assert.equal(first.said, []);
  assert.is(judgeKept(settings, yours('', true), first.record, 'r').kind, 'fresh');
  saved(mine, 30);
  assert.match(kept(yours('', true), first.record, 40).said[0] ?? '', /mine\.config changed, but \.config was there before kloop and is kept .* npm run config -- --reset$/);
});

test('a fragment dated in the future is told as that', () => {
  saved(kernelConfig, Math.ceil(Date.now() / 1000) + 5000);
  saved(mine, 10);
  const freshness = judgeKept(settings, yours(), past(20), 'r');
  assert.is(freshness.kind === 'stale' && freshness.reason.kind, 'input-future');
});

test('other settings are an edit, too', () => {
  saved(kernelConfig, 10);
  saved(mine, 10);
  assert.is(judgeKept(settings, yours(), past(20), 's').kind, 'stale');
  assert.match(kept(yours(), past(20), 30, 's').said[0] ?? '', /^the settings changed, but/);
});

test('thousands of modules are told of, once; a few are not', () => {
  saved(kernelConfig, 10);
  saved(mine, 10);
  assert.equal(kept(yours('CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=m\n'), undefined, 30).said, []);
  const text = Array.from({ length: 3000 }, (_, i) => `CONFIG_M${i}=m\n`).join('');
  const first = kept(yours(text), undefined, 30);
  assert.match(first.said[0] ?? '', /^3000 options are modules/);
  assert.is(judgeKept(settings, yours(text), first.record, 'r').kind, 'fresh');
  assert.equal(kept(yours(text), first.record, 40).said, []);
});

test('one that was made for clang says so, where another compiler builds it', () => {
  saved(kernelConfig, 10);
  saved(mine, 10);
  const text = 'CONFIG_CC_IS_CLANG=y\n';
  assert.equal(kept(yours(text), undefined, 20).said, ['.config was made for clang, and gcc builds it; LLVM=1 npm run kernel builds it with clang']);
  const byClang = settingsIn(dir, { KERNEL_CONFIG: kernelConfig, KERNEL_FRAGMENTS: mine, KERNEL_MAKE_ARGS: 'LLVM=1' });
  const said: string[] = [];
  keep(byClang, yours(text), { past: undefined, say: (line) => said.push(line) }, 'r');
  assert.equal(said, []);
});

test.run();
