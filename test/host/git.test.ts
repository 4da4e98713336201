import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lookingGit, ownerRefusal } from '../../tasks/host/git.ts';

test("a repository that is another user's is told from one that is none", () => {
  // git 2.35.2 and 2.39
  assert.is(ownerRefusal("fatal: unsafe repository ('/x' is owned by someone else)\nTo add an exception …"), "unsafe repository ('/x' is owned by someone else)");
  assert.is(ownerRefusal("fatal: detected dubious ownership in repository at '/x'\nTo add an exception …"), "detected dubious ownership in repository at '/x'");
  assert.is(ownerRefusal('fatal: not a git repository (or any of the parent directories): .git\n'), undefined);
});

test('a git that only looks has nothing of a hook, takes no lock and asks nobody', () => {
  assert.ok('GIT_DIR' in lookingGit && lookingGit['GIT_DIR'] === undefined);
  assert.equal([lookingGit['GIT_OPTIONAL_LOCKS'], lookingGit['GIT_TERMINAL_PROMPT']], ['0', '0']);
});

test.run();
