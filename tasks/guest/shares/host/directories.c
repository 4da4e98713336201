/* What is in directories. */
#define _GNU_SOURCE
#include "share.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;

int do_opendir(struct ask *ask, struct reply *reply)
{
	int path = node_fd(ask->node);
	if (path < 0)
		return -path;
	struct by_path by = by_path(path);
	int fd = open(by.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = errno;
	close(path);
	if (fd < 0)
		return error;
	DIR *dir = fdopendir(fd);
	if (!dir) {
		error = errno;
		close(fd);
		return error;
	}
	struct fuse_open_out *out = reply_add(reply, sizeof(*out));
	out->fh = handle_open(ask->node, fd, false, dir)->id;
	return 0;
}

static void add_entries(struct reply *reply, DIR *dir, off_t from, size_t room)
{
	struct dirent *one;
	size_t begin = reply->used;
	/* From the beginning it is read anew: there may be more by now. */
	if (from == 0)
		rewinddir(dir);
	else
		seekdir(dir, from);
	while ((one = readdir(dir))) {
		size_t length = strlen(one->d_name), size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length);
		if (reply->used - begin + size > room)
			return;
		struct fuse_dirent *entry = reply_add(reply, size);
		*entry = (struct fuse_dirent){ .ino = one->d_ino, .off = (uint64_t)one->d_off, .namelen = (uint32_t)length, .type = one->d_type };
		memcpy((char *)entry + FUSE_NAME_OFFSET, one->d_name, length);
	}
}

int do_readdir(struct ask *ask, struct reply *reply)
{
	const struct fuse_read_in *in = body_of(ask, sizeof(*in));
	struct handle *handle = in ? handle_take(in->fh, true) : NULL;
	if (!handle)
		return EBADF;
	pthread_mutex_lock(&reading);
	add_entries(reply, handle->dir, (off_t)in->offset, in->size < DATA_MOST ? in->size : DATA_MOST);
	pthread_mutex_unlock(&reading);
	handle_give(handle);
	return 0;
}

int do_fsyncdir(struct ask *ask, struct reply *reply)
{
	(void)reply;
	return sync_one(ask, true);
}
