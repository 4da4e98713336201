/* What is mounted where on the host, and what of that changes: what is mounted above a directory is no event of that one. */
#ifndef KLOOP_FILES_MOUNTS_H
#define KLOOP_FILES_MOUNTS_H

#include <stdbool.h>

/* False: that cannot be known. */
bool mounts_open(void);
/* Can be polled for POLLPRI, by one who polls for nothing else. */
int mounts_fd(void);
/* Takes the paths where something has been mounted or unmounted since the last time. */
void mounts_look(void (*take)(const char *path));

#endif
