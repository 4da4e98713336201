/*
 * Long reads of the host's files: a port takes what QEMU reads of it in pieces
 * of 4 KiB (its CHR_READ_BUF_LEN), each with an interrupt. So the host's end
 * puts what is read into a file of its own instead (beside/spool.c), which is
 * read by 9p, 256 KiB at a time. Where that cannot be, the port has it all.
 *
 * For threads whose root is the initramfs, which nobody else sees any more.
 */
#include "guest.h"
#include "beside/spool.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PLACE "/spool"
/* Where the root comes by 9p, that is it: nobody else can have the same share. */
#define ROOT_BY_9P "/host"
#define PLACE_OPTIONS "trans=virtio,version=9p2000.L,msize=262144,cache=none"
/* As far ahead the kernel reads a file that is read from its beginning on, KiB. */
#define READ_AHEAD "1024"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *place; /* NULL: there is none */

static void mount_place(void)
{
	mkdir(PLACE, 0700);
	if (!root_by_fuse)
		place = ROOT_BY_9P;
	else if (mount("rootfs", PLACE, "9p", MS_RDONLY, PLACE_OPTIONS) == 0)
		place = PLACE;
}

int read_ahead_of(dev_t files)
{
	/* Before and after it has been moved. */
	static const char *const places[] = { "", NEW_ROOT };
	int fd = -1;
	for (size_t i = 0; fd < 0 && i < 2; i++) {
		char path[80];
		snprintf(path, sizeof(path), "%s/sys/class/bdi/%u:%u/read_ahead_kb", places[i], major(files), minor(files));
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	return fd;
}

void read_ahead_more(int fd)
{
	if (fd < 0)
		return;
	(void)!write(fd, READ_AHEAD, strlen(READ_AHEAD));
	close(fd);
}

int spool_open(const char *host_path, size_t size)
{
	char path[512];
	pthread_once(&once, mount_place);
	if (!place || size == 0 || size >= sizeof(path) - sizeof(PLACE))
		return -1;
	memcpy(stpcpy(path, place), host_path, size);
	path[strlen(place) + size] = '\0';
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool spool_read(int spool, uint32_t slot, char *to, size_t size)
{
	if (size > SPOOL_SLOT_SIZE)
		return false;
	for (size_t have = 0; have < size;) {
		ssize_t got = pread(spool, to + have, size - have, (off_t)(slot - 1) * SPOOL_SLOT_SIZE + (off_t)have);
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return true;
}

dev_t device_of(int fd)
{
	struct statx st;
	/* Not asked of who serves it, who may be the caller. */
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) == 0 ? makedev(st.stx_dev_major, st.stx_dev_minor) : 0;
}
