import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { objectRule, ruleSteps, stepWork } from '../../../tasks/kernel/quick/rules.ts';

const newer = 'define rule_cc_o_c\n\t$(call cmd_and_fixdep,cc_o_c)\n\t$(call cmd,check_local_export)\n\t$(call cmd,gen_objtooldep)\n\t$(call cmd,gen_symversions_c)\nendef\n';
const older = 'define rule_cc_o_c\n\t$(call echo-cmd,checksrc) $(cmd_checksrc)\t\\\n\t$(call cmd_and_fixdep,cc_o_c)\t\\\n\t$(call echo-cmd,objtool) $(cmd_objtool)\t\\\n\t$(cmd_modversions_c)\nendef\n';
const facts = (config: string[] = [], exported: Record<string, string> = {}) => ({ config: new Set(config), exported });

test('the steps of a rule, in both ways of writing it', () => {
  assert.equal(ruleSteps(newer, 'cc_o_c'), ['cc_o_c', 'check_local_export', 'gen_objtooldep', 'gen_symversions_c']);
  assert.equal(ruleSteps(older, 'cc_o_c'), ['checksrc', 'cc_o_c', 'objtool', 'modversions_c']);
});

test('a rule that is not there, or does something else besides, is not known', () => {
  assert.is(ruleSteps(newer, 'as_o_S'), undefined);
  assert.is(ruleSteps(newer.replace('endef', '\techo hello\nendef'), 'cc_o_c'), undefined);
});

test('saved commands where every step is known; Kbuild itself where a step is not, or needs its variables', () => {
  assert.equal(objectRule(ruleSteps(newer, 'cc_o_c'), facts()), { how: 'saved', checkLocalExport: true });
  assert.is(objectRule(ruleSteps(newer, 'cc_o_c'), facts(['MODVERSIONS'])).how, 'by-kbuild');
  assert.is(objectRule(ruleSteps(older, 'cc_o_c'), facts()).how, 'saved');
  assert.is(objectRule(ruleSteps(older, 'cc_o_c'), facts(['STACK_VALIDATION'])).how, 'by-kbuild');
  assert.is(objectRule(ruleSteps(older, 'cc_o_c'), facts([], { KBUILD_CHECKSRC: '1' })).how, 'by-kbuild');
  assert.is(objectRule(ruleSteps(older, 'cc_o_c'), facts([], { KBUILD_CHECKSRC: '0' })).how, 'saved');
  assert.is(objectRule(undefined, facts()).how, 'by-kbuild');
  assert.is(stepWork('something_new', facts()), 'by-kbuild');
});

test.run();
