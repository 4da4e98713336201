import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endOfHeader, withoutEdits } from '../../tasks/bench/edit.ts';

const added = (text: string) => `${text.slice(0, endOfHeader(text))}+${text.slice(endOfHeader(text))}`;

test("a header is added to before its guard's end, and at its own where it has none", () => {
  assert.is(added('#ifndef A\n#define A\n#ifdef B\nx;\n#endif\n#endif /* A */\n'), '#ifndef A\n#define A\n#ifdef B\nx;\n#endif\n+#endif /* A */\n');
  assert.is(added('#ifndef A\nx;\n# endif\n\n'), '#ifndef A\nx;\n+# endif\n\n');
  assert.is(added('int f(void)\n{\n#ifdef B\n\treturn 1;\n#endif\n}\nint g(void);\n'), 'int f(void)\n{\n#ifdef B\n\treturn 1;\n#endif\n}\nint g(void);\n+');
});

test('what a killed measurement left in a source goes with the next one', () => {
  assert.is(withoutEdits('int a;\nstatic const char kloop_bench[] __attribute__((used)) = "4";\nint b;\n'), 'int a;\nint b;\n');
  assert.is(withoutEdits('#define A\nextern int kloop_bench_12;\n#endif\n'), '#define A\n#endif\n');
  assert.is(withoutEdits('int kloop_bench;\n'), 'int kloop_bench;\n');
});

test.run();
