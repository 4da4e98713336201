#define _GNU_SOURCE
#include "spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char path[64];
static char *spool;

const char *make_spool(void)
{
	static const char *const places[] = { "/dev/shm/kloop-XXXXXX", "/var/tmp/kloop-XXXXXX" };
	const size_t size = SPOOL_SLOTS * (size_t)SPOOL_SLOT_SIZE;
	for (size_t i = 0; !spool && i < sizeof(places) / sizeof(*places); i++) {
		strcpy(path, places[i]);
		int fd = mkostemp(path, O_CLOEXEC);
		if (fd < 0)
			continue;
		/* All of it now: to write to what a full disk has no room for would kill us. */
		void *at = posix_fallocate(fd, 0, (off_t)size) == 0 ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
		close(fd);
		if (at != MAP_FAILED) {
			spool = at;
			return path;
		}
		unlink(path);
	}
	return NULL;
}

void hide_spool(void)
{
	if (spool && path[0])
		unlink(path);
	path[0] = '\0';
}

void *spool_at(uint32_t slot)
{
	return spool && slot > 0 && slot <= SPOOL_SLOTS ? spool + (slot - 1) * (size_t)SPOOL_SLOT_SIZE : NULL;
}
