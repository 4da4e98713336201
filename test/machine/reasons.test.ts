import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { machineFailure } from '../../tasks/machine/reasons.ts';

const evidence = { tail: [], log: '/log' };

test("a kernel that is not built here and does not start: the next command, whatever the matter", () => {
  const found = { path: '/k', found: 'an image for ARM64' };
  for (const { words } of [
    ...(['not-a-kernel', 'other-architecture', 'is-32-bit'] as const).map((why) => machineFailure({ reason: 'kernel-image', ...found, why })),
    machineFailure({ reason: 'modules-missing', image: '/k', release: '6.1' }),
    machineFailure({ reason: 'modules-lacking', image: '/k', dir: '/lib/modules/6.1', lacking: [{ name: '9p', why: 'root' }], hasFuse: true }),
    machineFailure({ reason: 'modules-unlisted', image: '/k', dir: '/d', said: [] }),
    machineFailure({ reason: 'module-packed', file: '/d/9p.ko.lz4', program: '' }),
    machineFailure({ reason: 'module-packed', file: '/d/9p.ko.xz', program: 'xz', said: ['x'] }),
    machineFailure({ reason: 'guest-trouble', code: 12, text: 'loading modules/9p.ko: Exec format error', ...evidence }),
  ]) assert.match(words.fix?.at(-1) ?? '', /^npm run vm /, words.what);
});

test('modules of another build: the package is to be installed again', () => {
  const { words } = machineFailure({ reason: 'guest-trouble', code: 12, text: 'x', ...evidence });
  assert.match(words.fix?.[0] ?? '', 'come from one package');
  assert.equal(machineFailure({ reason: 'guest-trouble', code: 3, text: 'x', ...evidence }).words.fix, []);
});

test('a module that the boot needs is not signed, where signatures are enforced', () => {
  const { words } = machineFailure({ reason: 'guest-trouble', code: 12, text: 'loading modules/overlay.ko: Key was rejected by service', ...evidence });
  assert.match(words.why?.[0] ?? '', 'takes signed modules alone');
  assert.match(words.fix?.[0] ?? '', '--set CONFIG_MODULE_SIG_ALL=y');
});

test.run();
