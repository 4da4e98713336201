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
#define PLACE_OPTIONS "trans=virtio,version=9p2000.L,msize=262144,cache=none"
/* As far ahead the kernel reads a file that is read from its beginning on, KiB. */
#define READ_AHEAD "512"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool mounted;

static void mount_place(void)
{
	mkdir(PLACE, 0700);
	mounted = mount("rootfs", PLACE, "9p", MS_RDONLY, PLACE_OPTIONS) == 0;
}

static void read_ahead_of(dev_t files)
{
	char path[64];
	snprintf(path, sizeof(path), "/sys/class/bdi/%u:%u/read_ahead_kb", major(files), minor(files));
	if (mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) != 0)
		return;
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, READ_AHEAD, strlen(READ_AHEAD));
		close(fd);
	}
	umount2("/sys", MNT_DETACH);
}

int spool_open(const char *host_path, size_t size, dev_t files)
{
	char path[512];
	pthread_once(&once, mount_place);
	if (!mounted || size == 0 || size >= sizeof(path) - sizeof(PLACE))
		return -1;
	memcpy(stpcpy(path, PLACE), host_path, size);
	path[strlen(PLACE) + size] = '\0';
	int spool = open(path, O_RDONLY | O_CLOEXEC);
	if (spool >= 0)
		read_ahead_of(files);
	return spool;
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
