import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { diagnostics, failedTargets, filesNamed, madeBy, outsideCause, parseStep } from '../../../tasks/kernel/make/output.ts';

test('steps', () => {
  assert.equal(parseStep('  CC      net/mptcp/pm.o'), { verb: 'CC', target: 'net/mptcp/pm.o' });
  assert.equal(parseStep('  CC [M]  fs/9p/vfs.o'), { verb: 'CC', target: 'fs/9p/vfs.o' });
  assert.is(parseStep('make[1]: Entering directory'), undefined);
  assert.is(parseStep('  12 | int x;'), undefined);
  assert.equal(madeBy({ verb: 'ASN.1', target: 'a/x.asn1.[ch]' }), ['a/x.asn1.c', 'a/x.asn1.h']);
  // A source that is checked, not made.
  assert.equal(madeBy({ verb: 'CHKSHA1', target: 'include/linux/atomic/atomic-long.h' }), []);
});

const stderr = [
  'net/mptcp/a.c: In function ‘f’:',
  'net/mptcp/a.c:3:9: warning: unused variable ‘x’ [-Wunused-variable]',
  '    3 |     int x;',
  '      |         ^',
  'In file included from ./include/linux/b.h:3,',
  '                 from net/mptcp/c.c:1:',
  './include/linux/d.h:7:1: error: unknown type name ‘foo’',
  '    7 | foo bar;',
  './include/linux/d.h:2:1: note: declared here',
  'make[3]: *** [scripts/Makefile.build:250: net/mptcp/c.o] Error 1',
  'make[3]: *** Waiting for unfinished jobs....',
  'make[2]: *** [scripts/Makefile.build:500: net/mptcp] Error 2',
  'make: *** [Makefile:2013: .] Error 2',
];

test('what the compiler said of one place stays together, as it came', () => {
  const found = diagnostics(stderr);
  assert.equal(found.map((d) => d.kind), ['warning', 'error']);
  assert.equal(found[0]?.lines, stderr.slice(0, 4));
  assert.equal(found[1]?.lines, stderr.slice(4, 9));
});

test('rustc: what it says, then the place and the rows', () => {
  const lines = [
    'error[E0277]: cannot add `&str` to `i32`',
    ' --> /home/me/my driver/main.rs:9:20',
    '  |',
    '9 |     helper(&mut 3) + "text"',
    '  |                    ^ no implementation for `i32 + &str`',
    '  |',
    '  = help: the trait `Add<&str>` is not implemented for `i32`',
    'help: the following other types implement trait `Add<Rhs>`',
    ' --> library/core/src/ops/arith.rs:99:8',
    '',
    'error[E0308]: mismatched types',
    '  --> drivers/my/main.rs:11:19',
    '   |',
    '11 | fn two() -> i32 { "two" }',
    '   |             ---   ^^^^^ expected `i32`, found `&str`',
    '   |             |',
    '   |             expected `i32` because of return type',
    '',
    'error: aborting due to 2 previous errors',
    '',
    'For more information about an error, try `rustc --explain E0277`.',
    'make[3]: *** [scripts/Makefile.build:293: drivers/my/main.o] Error 1',
  ];
  const found = diagnostics(lines);
  assert.equal(found.map(({ kind }) => kind), ['error', 'error', 'error', 'other']);
  assert.equal(found.map((one) => one.lines).slice(0, 2), [lines.slice(0, 9), lines.slice(10, 17)]);
  assert.equal(filesNamed(lines), ['library/core/src/ops/arith.rs', 'drivers/my/main.rs']);
});

test('errors without a place: the linker, the assembler, a script', () => {
  const kinds = (line: string) => diagnostics([line]).map((d) => d.kind);
  assert.equal(kinds('ld: init/main.o: in function `x\': main.c:(.text+0x3): undefined reference to `y\''), ['error']);
  assert.equal(kinds('arch/x86/x.S:9: Error: no such instruction: `foo\''), ['error']);
  assert.equal(kinds('fatal error: oh'), ['error']);
});

test('the file that failed is named, not the directories above it', () => {
  assert.equal(failedTargets(stderr), ['net/mptcp/c.o']);
  assert.equal(failedTargets(['make[1]: *** [Makefile:2013: prepare] Error 2']), ['prepare']);
});

test('a full disk and a killed compiler are not the code’s fault', () => {
  assert.is(outsideCause(['/tmp/x.s: Fatal error: cannot write: No space left on device']), 'no-space');
  assert.is(outsideCause(['gcc: fatal error: Killed signal terminated program cc1']), 'killed');
  assert.is(outsideCause(stderr), undefined);
});

test.run();
