import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parametersOf } from '../../../tasks/kernel/modules/parameters.ts';

test('the parameters that a module names, each once', () => {
  const file = Buffer.from('\x7fELF\0license=GPL\0parm=max_loop:how many\0parmtype=max_loop:int\0parmtype=max_part:int\0parmtype=max_loop:int\0parmtype=torn');
  assert.equal(parametersOf(file), ['max_loop', 'max_part']);
  assert.equal(parametersOf(Buffer.from('parmtype=not_an_entry:int')), []);
});

test.run();
