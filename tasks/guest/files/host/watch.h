/* Watches directories of the host for what the guest has been told of them. */
#ifndef KLOOP_FILES_WATCH_H
#define KLOOP_FILES_WATCH_H

#include <stddef.h>
#include <stdint.h>

/**
 * @param most how many directories at most; negative: a share of what the user may have
 * @param send takes what is sent to the guest: whole events
 */
void watch_start(long most, void (*send)(void *events, size_t size));

/* Watches a directory; before anything in it is looked at. Its number; 0: it is not watched. */
uint32_t watch_dir(int dir);

/* Sends what has changed up to now. */
void watch_drain(void);

#endif
