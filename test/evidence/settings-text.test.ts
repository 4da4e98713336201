import { parse } from 'dotenv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { settingsSet, settingsText } from '../../tasks/evidence/settings-text.ts';
import { settingsIn } from '../support/little-kernel.ts';

const { given } = settingsIn('/d', { VM_MEMORY: '2G', KNOWN_SPLATS: "'WARNING in f'", KERNEL_SOURCES: 'https://me:secret@example.org/linux' });

test('all settings, as kloop reads them again; those that were set, and where', () => {
  const text = settingsText(given);
  assert.match(text, /^VM_MEMORY=2G {2}# test$/m);
  assert.match(text, /^WATCH_RERUN=reboot$|^WATCH_RERUN=session$/m);
  const again = parse(text);
  assert.equal(Object.keys(again).sort(), given.map(({ key }) => key).sort());
  assert.is(again['VM_MEMORY'], '2G');
});

test('those that were set, without passwords', () => {
  assert.equal([...settingsSet(given)].sort(), [
    "KERNEL_SOURCES='https://…@example.org/linux'", "KNOWN_SPLATS=''\\''WARNING in f'\\'''", 'REPOS_DIR=/d/repos', 'SOURCE_TIMEOUT=10s', 'STATE_DIR=/d/state', 'VM_MEMORY=2G',
  ]);
});

test.run();
