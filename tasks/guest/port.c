/* The virtio-serial ports to the host. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

/* The device's node, which is ours to make without devtmpfs. */
static void make_node(const char *path, unsigned number)
{
	char numbers[64];
	struct bytes text;
	int major, minor;
	snprintf(numbers, sizeof(numbers), "/sys/class/virtio-ports/vport0p%u/dev", number);
	if (!read_file(numbers, &text))
		return;
	if (sscanf(text.at, "%d:%d", &major, &minor) == 2)
		mknod(path, S_IFCHR | 0600, makedev(major, minor));
	free(text.at);
}

/* A port is announced by the host in messages of its own, some of which come after init has begun. */
int port_open(unsigned number)
{
	const struct timespec tick = { .tv_nsec = 1000 * 1000 };
	char path[32];
	snprintf(path, sizeof(path), "/dev/vport0p%u", number);
	for (int ms = 0; ms < 10000; ms++) {
		int port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (port >= 0)
			return port;
		if (errno == ENOENT)
			make_node(path, number);
		nanosleep(&tick, NULL);
	}
	return -1;
}
