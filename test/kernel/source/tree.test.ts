import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isOlder, kbuildRefusal, versionOf } from '../../../tasks/kernel/source/tree.ts';

test('the version in a Makefile', () => {
  assert.equal(versionOf('# x\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 192\nEXTRAVERSION =\nNAME = Curry\n'), { major: 6, minor: 1, text: '6.1.192' });
  assert.equal(versionOf('VERSION = 5\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n')?.text, '5.4.0-rc1');
  assert.is(versionOf('all:\n\tcc\n'), undefined);
  assert.is(versionOf('VERSION = 1.2\nPATCHLEVEL = x\n'), undefined);
});

test('versions compared as numbers', () => {
  const at = (major: number, minor: number) => ({ major, minor, text: '' });
  assert.ok(isOlder(at(5, 4), 6, 14));
  assert.ok(isOlder(at(6, 1), 6, 14));
  assert.not(isOlder(at(6, 14), 6, 14));
  assert.not(isOlder(at(7, 0), 6, 14));
});

test('paths that Kbuild takes, and those that it refuses', () => {
  assert.is(kbuildRefusal('/home/jürgen/repos/linux-6.1+x_y@z,1'), undefined);
  assert.match(kbuildRefusal('/a b/linux') ?? '', 'a space');
  assert.match(kbuildRefusal('/a:b/linux') ?? '', 'a colon');
  assert.match(kbuildRefusal("/it's/linux") ?? '', "the character '");
});

test.run();
