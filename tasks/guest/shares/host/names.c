/* Names in a directory. */
#define _GNU_SOURCE
#include "share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void give_to_asker(const struct ask *ask, int dir, int fd)
{
	struct stat st;
	if (!is_root)
		return;
	/* In a directory with its set-group-ID bit all is its group's. */
	bool of_dir = fstat(dir, &st) == 0 && st.st_mode & S_ISGID;
	(void)!fchownat(fd, "", ask->head->uid, of_dir ? (gid_t)-1 : ask->head->gid, AT_EMPTY_PATH);
}

int reply_entry(struct reply *reply, struct node *dir, int dir_fd, const char *name)
{
	struct stat st;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno;
	struct node *node = node_found(dir, name, &st);
	struct fuse_entry_out *out = reply_add(reply, sizeof(*out));
	/* Nothing may be kept: the host may change it. */
	out->nodeid = node->id;
	fill_attr(&out->attr, &st);
	node_unpin(node);
	return 0;
}

int do_lookup(struct ask *ask, struct reply *reply)
{
	const char *name = name_at(ask, 0);
	if (!name)
		return EINVAL;
	int dir = node_fd(ask->node);
	if (dir < 0)
		return -dir;
	names_hold();
	int error = reply_entry(reply, ask->node, dir, name);
	names_let();
	close(dir);
	return error;
}

/* What makes a name; an errno, or 0. */
typedef int make(int dir, const char *name, const void *how);

static int make_one(struct ask *ask, struct reply *reply, const char *name, make *by, const void *how)
{
	if (!name)
		return EINVAL;
	int dir = node_fd(ask->node);
	if (dir < 0)
		return -dir;
	names_hold();
	int error = by(dir, name, how);
	if (error == 0) {
		int made = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (made >= 0) {
			give_to_asker(ask, dir, made);
			close(made);
		}
		error = reply_entry(reply, ask->node, dir, name);
	}
	names_let();
	close(dir);
	return error;
}

static int by_mknod(int dir, const char *name, const void *how)
{
	const struct fuse_mknod_in *in = how;
	dev_t device = makedev(in->rdev >> 8 & 0xfff, (in->rdev & 0xff) | (in->rdev >> 12 & 0xfff00));
	return mknodat(dir, name, in->mode, device) == 0 ? 0 : errno;
}

int do_mknod(struct ask *ask, struct reply *reply)
{
	const struct fuse_mknod_in *in = body_of(ask, sizeof(*in));
	return in ? make_one(ask, reply, name_at(ask, sizeof(*in)), by_mknod, in) : EINVAL;
}

static int by_mkdir(int dir, const char *name, const void *how)
{
	const struct fuse_mkdir_in *in = how;
	return mkdirat(dir, name, in->mode) == 0 ? 0 : errno;
}

int do_mkdir(struct ask *ask, struct reply *reply)
{
	const struct fuse_mkdir_in *in = body_of(ask, sizeof(*in));
	return in ? make_one(ask, reply, name_at(ask, sizeof(*in)), by_mkdir, in) : EINVAL;
}

static int by_symlink(int dir, const char *name, const void *target)
{
	return symlinkat(target, dir, name) == 0 ? 0 : errno;
}

int do_symlink(struct ask *ask, struct reply *reply)
{
	const char *name = name_at(ask, 0);
	if (!name || name + strlen(name) + 1 > ask->body + ask->size)
		return EINVAL;
	return make_one(ask, reply, name, by_symlink, name + strlen(name) + 1);
}

int do_link(struct ask *ask, struct reply *reply)
{
	const struct fuse_link_in *in = body_of(ask, sizeof(*in));
	const char *name = name_at(ask, sizeof(*in));
	if (!in || !name)
		return EINVAL;
	struct node *old = node_pin(in->oldnodeid);
	int from = old ? node_fd(old) : -ESTALE;
	int dir = from < 0 ? from : node_fd(ask->node);
	int error = dir < 0 ? -dir : 0;
	if (error == 0) {
		struct by_path path = by_path(from);
		names_hold();
		error = linkat(AT_FDCWD, path.text, dir, name, AT_SYMLINK_FOLLOW) == 0 ? reply_entry(reply, ask->node, dir, name) : errno;
		names_let();
		close(dir);
	}
	if (from >= 0)
		close(from);
	node_unpin(old);
	return error;
}

static int remove_one(struct ask *ask, int flags)
{
	const char *name = name_at(ask, 0);
	struct stat st;
	if (!name)
		return EINVAL;
	int dir = node_fd(ask->node);
	if (dir < 0)
		return -dir;
	names_hold();
	bool known = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	int error = unlinkat(dir, name, flags) == 0 ? 0 : errno;
	if (error == 0 && known)
		node_unnamed(&st, ask->node, name);
	names_let();
	close(dir);
	return error;
}

int do_unlink(struct ask *ask, struct reply *reply)
{
	(void)reply;
	return remove_one(ask, 0);
}

int do_rmdir(struct ask *ask, struct reply *reply)
{
	(void)reply;
	return remove_one(ask, AT_REMOVEDIR);
}

/* glibc has renameat2() since 2.28. */
static int move(int from, const char *name, int to, const char *as, unsigned flags)
{
	return (flags ? (int)syscall(SYS_renameat2, from, name, to, as, flags) : renameat(from, name, to, as)) == 0 ? 0 : errno;
}

static int rename_one(struct ask *ask, uint64_t to_id, const char *name, unsigned flags)
{
	const char *as = name ? name + strlen(name) + 1 : NULL;
	if (!as || as >= ask->body + ask->size || !*as || strchr(as, '/') || strcmp(as, ".") == 0 || strcmp(as, "..") == 0)
		return EINVAL;
	struct node *to_node = node_pin(to_id);
	int from = node_fd(ask->node);
	int to = from < 0 ? from : to_node ? node_fd(to_node) : -ESTALE;
	int error = to < 0 ? -to : 0;
	if (error == 0) {
		struct stat moved, replaced;
		names_move();
		bool known = fstatat(from, name, &moved, AT_SYMLINK_NOFOLLOW) == 0;
		bool was = fstatat(to, as, &replaced, AT_SYMLINK_NOFOLLOW) == 0;
		error = move(from, name, to, as, flags);
		/* Two names of one file: neither goes (rename(2)). */
		bool both = known && was && moved.st_ino == replaced.st_ino && moved.st_dev == replaced.st_dev;
		if (error == 0 && was && !both && flags & RENAME_EXCHANGE)
			node_renamed(&replaced, ask->node, name);
		else if (error == 0 && was && !both)
			node_unnamed(&replaced, to_node, as);
		if (error == 0 && known && !both)
			node_renamed(&moved, to_node, as);
		names_let();
		close(to);
	}
	if (from >= 0)
		close(from);
	node_unpin(to_node);
	return error;
}

int do_rename(struct ask *ask, struct reply *reply)
{
	const struct fuse_rename_in *in = body_of(ask, sizeof(*in));
	(void)reply;
	return in ? rename_one(ask, in->newdir, name_at(ask, sizeof(*in)), 0) : EINVAL;
}

int do_rename2(struct ask *ask, struct reply *reply)
{
	const struct fuse_rename2_in *in = body_of(ask, sizeof(*in));
	(void)reply;
	return in ? rename_one(ask, in->newdir, name_at(ask, sizeof(*in)), in->flags) : EINVAL;
}
