import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isPackageFile, makepkgSteps, makepkgTrouble, withoutMeter } from '../../../tasks/targets/python/makepkg.ts';

test('a package, whatever its ending; never its signature', () => {
  for (const ending of ['', '.xz', '.zst', '.gz']) assert.ok(isPackageFile(`python-3.6.0-3-x86_64.pkg.tar${ending}`), ending);
  assert.not.ok(isPackageFile('python-3.6.0-3-x86_64.pkg.tar.zst.sig'));
  assert.not.ok(isPackageFile('python-3.6.0-3-x86_64.pkg.tar.sig'));
  assert.not.ok(isPackageFile('Python-3.6.0.tar.xz'));
});

test('needed packages are installed on Arch only', () => {
  const text = (onArch: boolean) => Object.values(makepkgSteps(onArch)).flat().join(' ');
  assert.match(text(true), '--syncdeps');
  assert.not.match(text(false), '--syncdeps');
  assert.match(text(false), '--skippgpcheck');
  assert.match(makepkgSteps(true).build.join(' '), '--nocheck');
});

test('what makepkg says is told apart', () => {
  assert.equal(makepkgTrouble('==> Validating source files with sha1sums...\n    Python-3.6.0.tar.xz ... FAILED\n    bpo-29208.patch ... Passed\n==> ERROR: One or more files did not pass the validity check!'), { kind: 'checksum', file: 'Python-3.6.0.tar.xz' });
  assert.equal(makepkgTrouble('==> ERROR: Failure while downloading https://www.python.org/x.tar.xz\n    Aborting...'), { kind: 'download', url: 'https://www.python.org/x.tar.xz' });
  assert.equal(makepkgTrouble('1 out of 1 hunk FAILED\nHunk #1 FAILED at 247.\n==> ERROR: A failure occurred in prepare().'), { kind: 'patch' });
  assert.equal(makepkgTrouble('cc: error\n==> ERROR: A failure occurred in build().'), { kind: 'step', step: 'build' });
  assert.equal(makepkgTrouble('==> Checking buildtime dependencies...\n==> Missing dependencies:\n  -> gdbm\n  -> tk\n==> ERROR: Could not resolve all dependencies.'), { kind: 'dependencies', names: 'gdbm tk' });
  assert.equal(makepkgTrouble('==> ERROR: You do not have write permission for the directory $SRCDEST (/a b/sources).\n    Aborting...'), { kind: 'no-write', dir: '/a b/sources' });
  assert.equal(makepkgTrouble('Killed'), { kind: 'other' });
});

test("curl's meter is not shown again", () => {
  const meter = '  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0curl: (6) Could not resolve host: www.python.org';
  const lines = ['  % Total    % Received', meter, 'Warning: Problem : timeout. Will retry in 3 seconds. 3 retries left.', '', meter, '==> ERROR: Failure while downloading', '    Aborting...'];
  assert.equal(withoutMeter(lines), ['curl: (6) Could not resolve host: www.python.org', '==> ERROR: Failure while downloading', '    Aborting...']);
});

test.run();
