/* What a file is, and what hangs on it. */
#define _GNU_SOURCE
#include "share.h"
#include "../../beside/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Linux 5.11, of which the host's headers may not know. */
#define KILL_SETID (1 << 11)
#define XATTR_MOST 65536

static dev_t root_dev;

void attributes_of(dev_t root)
{
	root_dev = root;
}

void fill_attr(struct fuse_attr *attr, const struct stat *st)
{
	*attr = (struct fuse_attr){
		/* As files/host/attributes.c has it: numbers of several file systems must differ. */
		.ino = st->st_dev == root_dev ? st->st_ino : st->st_ino ^ (uint64_t)(st->st_dev * 0x9e3779b97f4a7c15ull & 0xffffff0000000000ull),
		.size = (uint64_t)st->st_size, .blocks = (uint64_t)st->st_blocks,
		.atime = (uint64_t)st->st_atim.tv_sec, .mtime = (uint64_t)st->st_mtim.tv_sec, .ctime = (uint64_t)st->st_ctim.tv_sec,
		.atimensec = (uint32_t)st->st_atim.tv_nsec, .mtimensec = (uint32_t)st->st_mtim.tv_nsec, .ctimensec = (uint32_t)st->st_ctim.tv_nsec,
		.mode = st->st_mode, .nlink = (uint32_t)st->st_nlink, .uid = st->st_uid, .gid = st->st_gid,
		/* As the kernel's new_encode_dev() has it. */
		.rdev = (minor(st->st_rdev) & 0xff) | major(st->st_rdev) << 8 | (minor(st->st_rdev) & ~0xffu) << 12,
		.blksize = (uint32_t)st->st_blksize,
	};
}

static int reply_attr(struct reply *reply, int fd)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return errno;
	struct fuse_attr_out *out = reply_add(reply, sizeof(*out));
	fill_attr(&out->attr, &st);
	return 0;
}

int do_getattr(struct ask *ask, struct reply *reply)
{
	const struct fuse_getattr_in *in = body_of(ask, sizeof(*in));
	struct handle *handle = in && in->getattr_flags & FUSE_GETATTR_FH ? handle_take(in->fh, false) : NULL;
	if (handle) {
		int error = reply_attr(reply, handle->fd);
		handle_give(handle);
		return error;
	}
	int fd = node_fd(ask->node);
	if (fd < 0)
		return -fd;
	int error = reply_attr(reply, fd);
	close(fd);
	return error;
}

void drop_setid(int fd)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return;
	mode_t set = (st.st_mode & S_ISUID) | (st.st_mode & S_IXGRP ? st.st_mode & S_ISGID : 0);
	if (set)
		fchmod(fd, st.st_mode & 07777 & ~set);
}

static int set_size(const struct fuse_setattr_in *in, const char *path)
{
	/* One that may not be opened for writing any more can be open for it. */
	struct handle *handle = in->valid & FATTR_FH ? handle_take(in->fh, false) : NULL;
	int error = (handle ? ftruncate(handle->fd, (off_t)in->size) : truncate(path, (off_t)in->size)) == 0 ? 0 : errno;
	if (error == 0 && in->valid & KILL_SETID && handle)
		drop_setid(handle->fd);
	if (handle)
		handle_give(handle);
	return error;
}

static struct timespec time_of(uint32_t valid, uint32_t is_set, uint32_t is_now, uint64_t seconds, uint32_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)seconds, .tv_nsec = !(valid & is_set) ? UTIME_OMIT : valid & is_now ? UTIME_NOW : (long)ns };
}

static int set_all(const struct fuse_setattr_in *in, int fd)
{
	struct by_path path = by_path(fd);
	if (in->valid & (FATTR_UID | FATTR_GID)) {
		uid_t uid = in->valid & FATTR_UID ? in->uid : (uid_t)-1;
		gid_t gid = in->valid & FATTR_GID ? in->gid : (gid_t)-1;
		/* Files keep the owner that the one who runs the VM can give them. */
		if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0 && (is_root || errno != EPERM))
			return errno;
	}
	if (in->valid & FATTR_MODE && chmod(path.text, in->mode & 07777) != 0)
		return errno;
	if (in->valid & FATTR_SIZE) {
		int error = set_size(in, path.text);
		if (error)
			return error;
	}
	if (in->valid & (FATTR_ATIME | FATTR_MTIME)) {
		const struct timespec times[] = {
			time_of(in->valid, FATTR_ATIME, FATTR_ATIME_NOW, in->atime, in->atimensec),
			time_of(in->valid, FATTR_MTIME, FATTR_MTIME_NOW, in->mtime, in->mtimensec),
		};
		if (utimensat(AT_FDCWD, path.text, times, 0) != 0)
			return errno;
	}
	return 0;
}

int do_setattr(struct ask *ask, struct reply *reply)
{
	const struct fuse_setattr_in *in = body_of(ask, sizeof(*in));
	struct stat st;
	if (!in)
		return EINVAL;
	int fd = node_fd(ask->node);
	if (fd < 0)
		return -fd;
	int error = set_all(in, fd);
	if (fstat(fd, &st) == 0)
		node_told(ask->node, &st);
	if (error == 0)
		error = reply_attr(reply, fd);
	close(fd);
	return error;
}

int do_readlink(struct ask *ask, struct reply *reply)
{
	int fd = node_fd(ask->node);
	if (fd < 0)
		return -fd;
	char *to = reply_add(reply, 4096);
	ssize_t size = readlinkat(fd, "", to, 4095);
	int error = errno;
	close(fd);
	if (size < 0)
		return error;
	reply->used -= 4096 - (size_t)size;
	return 0;
}

/* @param name NULL: the names of all */
static int xattr(struct ask *ask, struct reply *reply, const char *name)
{
	const struct fuse_getxattr_in *in = body_of(ask, sizeof(*in));
	if (!in)
		return EINVAL;
	size_t room = in->size < XATTR_MOST ? in->size : XATTR_MOST, at = reply->used;
	int fd = node_fd(ask->node);
	if (fd < 0)
		return -fd;
	struct by_path path = by_path(fd);
	char *to = room ? reply_add(reply, room) : NULL;
	ssize_t size = name ? getxattr(path.text, name, to, room) : listxattr(path.text, to, room);
	int error = errno;
	close(fd);
	reply->used = at;
	if (size < 0)
		return error;
	if (room)
		reply->used += (size_t)size;
	else
		((struct fuse_getxattr_out *)reply_add(reply, sizeof(struct fuse_getxattr_out)))->size = (uint32_t)size;
	return 0;
}

int do_getxattr(struct ask *ask, struct reply *reply)
{
	const char *name = name_at(ask, sizeof(struct fuse_getxattr_in));
	return name ? xattr(ask, reply, name) : EINVAL;
}

int do_listxattr(struct ask *ask, struct reply *reply)
{
	return xattr(ask, reply, NULL);
}

int do_setxattr(struct ask *ask, struct reply *reply)
{
	/* As it was before 5.13, and is where the longer one was not agreed upon. */
	const struct { uint32_t size, flags; } *in = body_of(ask, sizeof(*in));
	const char *name = name_at(ask, sizeof(*in));
	(void)reply;
	if (!in || !name)
		return EINVAL;
	const char *value = name + strlen(name) + 1;
	if (value > ask->body + ask->size || in->size > (size_t)(ask->body + ask->size - value))
		return EINVAL;
	int fd = node_fd(ask->node);
	if (fd < 0)
		return -fd;
	struct by_path path = by_path(fd);
	int error = setxattr(path.text, name, value, in->size, (int)in->flags) == 0 ? 0 : errno;
	close(fd);
	return error;
}

int do_removexattr(struct ask *ask, struct reply *reply)
{
	const char *name = name_at(ask, 0);
	(void)reply;
	if (!name)
		return EINVAL;
	int fd = node_fd(ask->node);
	if (fd < 0)
		return -fd;
	struct by_path path = by_path(fd);
	int error = removexattr(path.text, name) == 0 ? 0 : errno;
	close(fd);
	return error;
}

int do_statfs(struct ask *ask, struct reply *reply)
{
	struct statvfs st;
	(void)ask;
	if (fstatvfs(BESIDE_ROOT, &st) != 0)
		return errno;
	struct fuse_statfs_out *out = reply_add(reply, sizeof(*out));
	out->st = (struct fuse_kstatfs){
		.blocks = st.f_blocks, .bfree = st.f_bfree, .bavail = st.f_bavail, .files = st.f_files, .ffree = st.f_ffree,
		.bsize = (uint32_t)st.f_bsize, .namelen = (uint32_t)st.f_namemax, .frsize = (uint32_t)st.f_frsize,
	};
	return 0;
}
