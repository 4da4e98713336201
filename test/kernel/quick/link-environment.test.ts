import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanMakeFlags, parseEnvironment } from '../../../tasks/kernel/quick/link-environment.ts';

test("make's flags without our goal and without a jobserver; variables of the command line stay", () => {
  assert.is(cleanMakeFlags("rR --no-print-directory --eval=kloop-environment:\\ ;\\ @env\\ -0"), 'rR --no-print-directory');
  assert.is(cleanMakeFlags('rR -j2 --jobserver-auth=3,4 --eval=a\\ b -- CC=clang\\ -g'), 'rR -- CC=clang\\ -g');
});

test('variables, with newlines in them; what belongs to one process is left out', () => {
  assert.equal(parseEnvironment('CC=gcc\0A=b=c\nd\0MAKELEVEL=2\0_=/usr/bin/env\0MAKEFLAGS=rR\0'), { CC: 'gcc', A: 'b=c\nd', MAKEFLAGS: 'rR' });
});

test.run();
