/* What is in files. */
#define _GNU_SOURCE
#include "share.h"
#include "../../beside/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Linux 5.11, of which the host's headers may not know. */
#define WRITE_KILL_SETID (1 << 2)
#define OPEN_KILL_SETID (1 << 0)
#define OPEN_FLAGS (O_ACCMODE | O_APPEND | O_TRUNC | O_DSYNC | O_SYNC | O_NOATIME)
/* A tick of the clock that file systems take times from: 10 ms at the most. */
#define TICKS_MS 12
#define READ_TRIES 3

static int reply_open(struct reply *reply, struct node *node, int fd, uint32_t flags)
{
	struct stat st;
	if (fstat(fd, &st) == 0)
		node_told(node, &st);
	struct fuse_open_out *out = reply_add(reply, sizeof(*out));
	out->fh = handle_open(node, fd, flags & O_APPEND, NULL)->id;
	return 0;
}

int do_open(struct ask *ask, struct reply *reply)
{
	const struct { uint32_t flags, open_flags; } *in = body_of(ask, sizeof(*in));
	struct stat st;
	if (!in)
		return EINVAL;
	int path = node_fd(ask->node);
	if (path < 0)
		return -path;
	struct by_path by = by_path(path);
	/* Nothing but files is opened by the guest's kernel. */
	int fd = fstat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(by.text, (int)(in->flags & OPEN_FLAGS) | O_CLOEXEC) : (errno = ESTALE, -1);
	/* O_NOATIME is the owner's alone. */
	if (fd < 0 && errno == EPERM && in->flags & O_NOATIME)
		fd = open(by.text, (int)(in->flags & OPEN_FLAGS & ~O_NOATIME) | O_CLOEXEC);
	int error = errno;
	close(path);
	if (fd < 0)
		return error;
	if (in->flags & O_TRUNC && in->open_flags & OPEN_KILL_SETID)
		drop_setid(fd);
	return reply_open(reply, ask->node, fd, in->flags);
}

int do_create(struct ask *ask, struct reply *reply)
{
	const struct fuse_create_in *in = body_of(ask, sizeof(*in));
	const char *name = name_at(ask, sizeof(*in));
	struct stat st;
	if (!in || !name)
		return EINVAL;
	int dir = node_fd(ask->node);
	if (dir < 0)
		return -dir;
	const int flags = (int)(in->flags & OPEN_FLAGS) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	names_hold();
	int fd = openat(dir, name, flags | O_CREAT | O_EXCL, in->mode & 07777);
	if (fd >= 0)
		give_to_asker(ask, dir, fd);
	else if (errno == EEXIST && !(in->flags & O_EXCL)) /* the host was quicker */
		fd = openat(dir, name, flags);
	int error = fd < 0 ? errno : fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ? ESTALE : 0;
	if (error == 0) {
		struct node *node = node_found(ask->node, name, &st);
		struct fuse_entry_out *out = reply_add(reply, sizeof(*out));
		fstat(fd, &st);
		out->nodeid = node->id;
		fill_attr(&out->attr, &st);
		error = reply_open(reply, node, fd, in->flags);
		node_unpin(node);
	} else if (fd >= 0) {
		close(fd);
	}
	names_let();
	close(dir);
	return error;
}

/* A file without a name; Linux 6.2. */
int do_tmpfile(struct ask *ask, struct reply *reply)
{
	const struct fuse_create_in *in = body_of(ask, sizeof(*in));
	struct stat st;
	if (!in)
		return EINVAL;
	int dir = node_fd(ask->node);
	if (dir < 0)
		return -dir;
	struct by_path by = by_path(dir);
	int fd = open(by.text, O_TMPFILE | O_CLOEXEC | (int)(in->flags & (O_ACCMODE | O_APPEND | O_EXCL)), in->mode & 07777);
	int error = fd < 0 ? errno : 0;
	if (fd >= 0) {
		give_to_asker(ask, dir, fd);
		fstat(fd, &st);
		struct node *node = node_found(NULL, NULL, &st);
		struct fuse_entry_out *out = reply_add(reply, sizeof(*out));
		out->nodeid = node->id;
		fill_attr(&out->attr, &st);
		error = reply_open(reply, node, fd, in->flags);
		node_unpin(node);
	}
	close(dir);
	return error;
}

/* Until another change of it would have another time: the guest tells by that whether what it keeps is still so. */
static void let_age(int fd, struct stat *st)
{
	const struct timespec ms = { .tv_nsec = 1000 * 1000 };
	for (int i = 0; i < TICKS_MS; i++) {
		struct timespec now;
		if (fstat(fd, st) != 0 || clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
			return;
		bool is_older = st->st_ctim.tv_sec < now.tv_sec || (st->st_ctim.tv_sec == now.tv_sec && st->st_ctim.tv_nsec < now.tv_nsec);
		/* By a clock of its own. */
		bool is_of_another = st->st_ctim.tv_sec > now.tv_sec + 1;
		if (is_older || is_of_another)
			return;
		nanosleep(&ms, NULL);
	}
}

int do_read(struct ask *ask, struct reply *reply)
{
	const struct fuse_read_in *in = body_of(ask, sizeof(*in));
	struct handle *handle = in ? handle_take(in->fh, false) : NULL;
	if (!handle)
		return EBADF;
	size_t size = in->size < DATA_MOST ? in->size : DATA_MOST, at = reply->used;
	void *slot = spool_at(in->padding);
	void *to = slot ? slot : reply_add(reply, size);
	ssize_t got = 0;
	for (int i = 0; i < READ_TRIES; i++) {
		struct stat before, after;
		memset(&before, 0, sizeof(before));
		let_age(handle->fd, &before);
		got = pread(handle->fd, to, size, (off_t)in->offset);
		if (got < 0 || fstat(handle->fd, &after) != 0 || (after.st_ctim.tv_sec == before.st_ctim.tv_sec && after.st_ctim.tv_nsec == before.st_ctim.tv_nsec))
			break;
	}
	int error = got < 0 ? errno : 0;
	handle_give(handle);
	if (slot)
		*(uint32_t *)reply_add(reply, sizeof(uint32_t)) = got > 0 ? (uint32_t)got : 0;
	else
		reply->used = at + (got > 0 ? (size_t)got : 0);
	return error;
}

/* To where it says, by a descriptor that would write at the end: pages that were mapped. */
static ssize_t write_at(int appending, const void *from, size_t size, off_t offset)
{
	struct by_path by = by_path(appending);
	int fd = open(by.text, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t put = pwrite(fd, from, size, offset);
	int error = errno;
	close(fd);
	errno = error;
	return put;
}

int do_write(struct ask *ask, struct reply *reply)
{
	const struct fuse_write_in *in = body_of(ask, sizeof(*in));
	struct stat st;
	if (!in || ask->size - sizeof(*in) < in->size)
		return EINVAL;
	struct handle *handle = handle_take(in->fh, false);
	if (!handle)
		return EBADF;
	const void *from = in + 1;
	bool of_pages = in->write_flags & FUSE_WRITE_CACHE;
	ssize_t put = of_pages && handle->appends ? write_at(handle->fd, from, in->size, (off_t)in->offset) : pwrite(handle->fd, from, in->size, (off_t)in->offset);
	int error = put < 0 ? errno : 0;
	if (put >= 0 && in->write_flags & WRITE_KILL_SETID)
		drop_setid(handle->fd);
	if (fstat(handle->fd, &st) == 0)
		node_told(handle->node, &st);
	handle_give(handle);
	if (error == 0)
		((struct fuse_write_out *)reply_add(reply, sizeof(struct fuse_write_out)))->size = (uint32_t)put;
	return error;
}

int do_release(struct ask *ask, struct reply *reply)
{
	const struct fuse_release_in *in = body_of(ask, sizeof(*in));
	(void)reply;
	if (!in)
		return EINVAL;
	handle_release(in->fh);
	return 0;
}

int sync_one(struct ask *ask, bool directory)
{
	const struct fuse_fsync_in *in = body_of(ask, sizeof(*in));
	struct handle *handle = in ? handle_take(in->fh, directory) : NULL;
	if (!handle)
		return EBADF;
	int error = (in->fsync_flags & 1 ? fdatasync(handle->fd) : fsync(handle->fd)) == 0 ? 0 : errno;
	handle_give(handle);
	return error;
}

int do_fsync(struct ask *ask, struct reply *reply)
{
	(void)reply;
	return sync_one(ask, false);
}

int do_fallocate(struct ask *ask, struct reply *reply)
{
	const struct fuse_fallocate_in *in = body_of(ask, sizeof(*in));
	struct handle *handle = in ? handle_take(in->fh, false) : NULL;
	(void)reply;
	if (!handle)
		return EBADF;
	int error = fallocate(handle->fd, (int)in->mode, (off_t)in->offset, (off_t)in->length) == 0 ? 0 : errno;
	handle_give(handle);
	return error;
}

int do_lseek(struct ask *ask, struct reply *reply)
{
	const struct fuse_lseek_in *in = body_of(ask, sizeof(*in));
	struct handle *handle = in ? handle_take(in->fh, false) : NULL;
	if (!handle)
		return EBADF;
	off_t at = lseek(handle->fd, (off_t)in->offset, (int)in->whence);
	int error = at < 0 ? errno : 0;
	handle_give(handle);
	if (error == 0)
		((struct fuse_lseek_out *)reply_add(reply, sizeof(struct fuse_lseek_out)))->offset = (uint64_t)at;
	return error;
}
