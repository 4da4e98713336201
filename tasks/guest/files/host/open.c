/* Files that are open for the guest. */
#define _GNU_SOURCE
#include "answers.h"
#include "../../beside/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

/* Whether a path is the file that is open as a handle already, and then what that is. */
static bool is_open(const char *path, int handle, struct stat *st)
{
	struct stat named;
	return handle >= first_handle && fstatat(root, path, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(handle, st) == 0 && named.st_dev == st->st_dev && named.st_ino == st->st_ino;
}

int open_file(struct answer *answer, const char *path, int handle)
{
	struct stat st;
	struct file_attr *attr = room_for(answer, sizeof(*attr));
	if (is_open(path, handle, &st)) {
		fill_attr(attr, &st);
		attr->handle = (uint32_t)handle;
		answer->used = sizeof(*attr);
		return 0;
	}
	/* Nothing but files is opened by the guest's kernel; O_NONBLOCK in case it has just become a fifo. */
	int fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return ESTALE;
	}
	fill_attr(attr, &st);
	attr->handle = (uint32_t)fd;
	answer->used = sizeof(*attr);
	return 0;
}

int read_handle(struct answer *answer, const struct ask_head *ask, uint32_t slot)
{
	struct stat st;
	void *spool = spool_at(slot);
	size_t size = ask->length < FILES_READ_MOST ? ask->length : FILES_READ_MOST;
	struct file_attr *attr = room_for(answer, sizeof(*attr) + (spool ? 0 : size));
	ssize_t got = pread((int)ask->handle, spool ? spool : attr + 1, size, (off_t)ask->arg);
	if (got < 0 || fstat((int)ask->handle, &st) != 0)
		return errno;
	fill_attr(attr, &st);
	answer->used = sizeof(*attr) + (spool ? 0 : (size_t)got);
	answer->head.spooled = spool ? (uint32_t)got : 0;
	return 0;
}

void close_handle(int handle)
{
	if (handle >= first_handle)
		close(handle);
}
