import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasChosenMode, incbinSeeker } from '../../../tasks/kernel/quick/ccache-mode.ts';

test('who has chosen a mode keeps it', () => {
  assert.not(hasChosenMode({ PATH: '/bin' }));
  assert.ok(hasChosenMode({ CCACHE_DEPEND: 'true' }));
  assert.ok(hasChosenMode({ CCACHE_NODEPEND: '1' }));
});

test('the word, in whatever file; each is read once, and one that is gone may have it', () => {
  const files: Record<string, string> = { 'piggy.S': '\t.incbin "vmlinux.bin.gz"', 'configs.c': '"\t.incbin \\"kernel/config_data.gz\\"\\n"', 'pm.c': 'int x;' };
  let reads = 0;
  const holds = incbinSeeker((path) => {
    reads++;
    const text = files[path];
    if (text === undefined) throw new Error('gone');
    return text;
  });
  assert.equal(['piggy.S', 'configs.c', 'pm.c', 'pm.c', 'gone.h'].map(holds), [true, true, false, false, true]);
  assert.is(reads, 4);
});

test.run();
