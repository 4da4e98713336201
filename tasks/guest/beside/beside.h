/* A program of kloop's on the host that serves the guest, beside the QEMU that runs it. */
#ifndef KLOOP_BESIDE_H
#define KLOOP_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What the one that serves has: the line to the guest, the directory that it serves, open as a path, and the first descriptor that is free. */
enum { BESIDE_LINE = 3, BESIDE_ROOT = 4, BESIDE_FREE = 5 };

/**
 * Forks. This process becomes `program`, which gets one end of a socket as
 * `descriptor`; its child returns, with the other end, and lives as long as
 * that program.
 *
 * @param name the child's, in /proc
 */
void serve_beside(const char *directory, int descriptor, char **program, const char *name);

/* Nobody is served any more. A signal's handler may call it. */
void leave(void) __attribute__((noreturn));

/* All of it is read or written, or false. */
bool whole(ssize_t (*go)(int, void *, size_t), int fd, void *at, size_t size);

/* write(2) of whole(), to a socket. */
ssize_t line_put(int fd, void *at, size_t size);

#endif
