import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { write } from '../support/little-kernel.ts';
import { editOf, endOfHeader, measuredFiles, withoutEdits } from '../../tasks/bench/edit.ts';

const added = (text: string) => `${text.slice(0, endOfHeader(text))}+${text.slice(endOfHeader(text))}`;

test("a header is added to before its guard's end, and at its own where it has none", () => {
  assert.is(added('#ifndef A\n#define A\n#ifdef B\nx;\n#endif\n#endif /* A */\n'), '#ifndef A\n#define A\n#ifdef B\nx;\n#endif\n+#endif /* A */\n');
  assert.is(added('#ifndef A\nx;\n# endif\n\n'), '#ifndef A\nx;\n+# endif\n\n');
  assert.is(added('int f(void)\n{\n#ifdef B\n\treturn 1;\n#endif\n}\nint g(void);\n'), 'int f(void)\n{\n#ifdef B\n\treturn 1;\n#endif\n}\nint g(void);\n+');
});

test('what a killed measurement left in a source goes with the next one', () => {
  assert.is(withoutEdits('int a;\nstatic const char kloop_bench[] __attribute__((used)) = "0f3a99c1 4";\nint b;\n'), 'int a;\nint b;\n');
  assert.is(withoutEdits('#define A\nextern int kloop_bench_0f3a99c1_12;\n#endif\n'), '#define A\n#endif\n');
  assert.is(withoutEdits('int kloop_bench;\n'), 'int kloop_bench;\n');
});

test('no edit has the content of another, of another run neither, and all are taken back', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    for (const file of ['a.c', 'a.h'].map((name) => join(dir, name))) {
      write(file, 'int a;\n');
      const seen = [editOf(file), editOf(file)].flatMap((edit) => [0, 1].map(() => {
        edit.save();
        return readFileSync(file, 'utf8');
      }));
      assert.is(new Set([...seen, 'int a;\n']).size, 5);
      for (const text of seen) assert.is(withoutEdits(text), 'int a;\n');
      editOf(file).restore();
      assert.is(readFileSync(file, 'utf8'), 'int a;\n');
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('what is edited is a part of the kernel: Multipath TCP of either kind, or TCP', () => {
  const build = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    assert.is(measuredFiles(build).source, 'net/ipv4/tcp.c');
    write(join(build, 'net/mptcp/mptcp_ctrl.o'), '');
    assert.equal(measuredFiles(build), { source: 'net/mptcp/mptcp_ctrl.c', header: 'include/net/mptcp.h' });
    write(join(build, 'net/mptcp/protocol.o'), '');
    assert.is(measuredFiles(build).source, 'net/mptcp/protocol.c');
  } finally {
    rmSync(build, { recursive: true });
  }
});

test.run();
