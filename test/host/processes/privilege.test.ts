import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asRoot, shown } from '../../../tasks/host/processes/privilege.ts';

test('root runs a command as it is, others by sudo', () => {
  const argv = ['ip', 'link', 'add'];
  assert.equal(asRoot(argv, { uid: 0 }), argv);
  assert.equal(asRoot(argv, { uid: 1000 }), ['sudo', '--', 'ip', 'link', 'add']);
});

test('shown as it could be typed', () => {
  assert.is(shown(['sudo', '--', 'sh', '-c', 'echo "$1"', 'sh', "it's"]), `sudo -- sh -c 'echo "$1"' sh 'it'\\''s'`);
});

test.run();
