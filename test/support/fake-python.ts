/**
 * A source tarball that stands for python.org's: it is configured, built and
 * installed the same way, and what it builds tells of itself what
 * python-patch/probe.py would tell. Its Modules/_randommodule.c has the few
 * lines that the patch needs, at work: without the patch the program it
 * becomes is broken when there is no entropy, with the patch it is sound.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const randomModule = `#include <stddef.h>
#define Py_None ((void *)1)
extern int random_seed_urandom(void *self);
extern void random_seed_time_pid(void *self);
extern void PyErr_Clear(void);

int
random_seed(void *self, void *arg)
{
     if (arg == NULL || arg == Py_None) {
        if (random_seed_urandom(self) >= 0) {
            PyErr_Clear();

            random_seed_time_pid(self);
        }
        return 0;
    }
    return -1;
}
`;

const program = `#include <stdio.h>
#include <stddef.h>
static int error_set, seeded;
int random_seed_urandom(void *self) { error_set = 1; return -1; }
void random_seed_time_pid(void *self) { seeded = 1; }
void PyErr_Clear(void) { error_set = 0; }
int random_seed(void *self, void *arg);
int main(void)
{
    random_seed(NULL, NULL);
    printf("3.6.0 %s\\n", error_set || !seeded ? "broken" : "sound");
    return 0;
}
`;

const makefile = `all: python3
python3: main.c Modules/_randommodule.c
\tcc -w -o $@ $^
install: all
\tinstall -D python3 $(DESTDIR)/usr/bin/python3
`;

/** Makes Python-3.6.0.tar.xz in `dir`. @returns its SHA-1 */
export function makeTarball(dir: string, module = randomModule): string {
  const tree = join(dir, 'tree', 'Python-3.6.0');
  mkdirSync(join(tree, 'Modules'), { recursive: true });
  writeFileSync(join(tree, 'Modules', '_randommodule.c'), module);
  writeFileSync(join(tree, 'main.c'), program);
  writeFileSync(join(tree, 'Makefile'), makefile);
  writeFileSync(join(tree, 'configure'), '#!/bin/sh\necho "configured with $*"\n', { mode: 0o755 });
  writeFileSync(join(tree, 'LICENSE'), 'as the tests\n');
  const tarball = join(dir, 'Python-3.6.0.tar.xz');
  execFileSync('tar', ['-cJf', tarball, '-C', join(dir, 'tree'), 'Python-3.6.0']);
  return createHash('sha1').update(readFileSync(tarball)).digest('hex');
}

/** A copy of python-patch/ that expects another tarball. */
export function copyPatchDir(from: string, to: string, sha1: string): void {
  cpSync(from, to, { recursive: true });
  const pkgbuild = readFileSync(join(to, 'PKGBUILD'), 'utf8');
  writeFileSync(join(to, 'PKGBUILD'), pkgbuild.replace('18ebf7d726782967d967dc00e3aa08b334fbdd5c', sha1));
}

/** The program as it is without the patch. */
export function buildUnpatched(dir: string, output: string): void {
  const tree = join(dir, 'tree', 'Python-3.6.0');
  execFileSync('cc', ['-w', '-o', output, join(tree, 'main.c'), join(tree, 'Modules', '_randommodule.c')]);
}
