import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { filesServer, guestInit, mptcpPreload } from '../../../tasks/machine/guest/place.ts';

test("the guest's programs are below STATE_DIR, each in a file of its own", () => {
  assert.equal([guestInit('/state'), filesServer('/state'), mptcpPreload('/state')], ['/state/guest/init', '/state/guest/files-serve', '/state/guest/mptcp.so']);
});

test.run();
