/* The attributes of the host's files, as the guest is told of them. */
#define _GNU_SOURCE
#include "answers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* File systems give a file the time of the last tick: 10 ms at the most; and then there are the ones of a coarser clock, of which FAT alone is still at hand. */
#define YOUNG_NS (30 * 1000 * 1000)

static dev_t root_dev;

void attributes_of(dev_t root)
{
	root_dev = root;
}

static bool is_young(const struct stat *st)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t age = (now.tv_sec - st->st_ctim.tv_sec) * 1000000000ll + now.tv_nsec - st->st_ctim.tv_nsec;
	return age > -YOUNG_NS && age < YOUNG_NS;
}

void fill_attr(struct file_attr *attr, const struct stat *st)
{
	*attr = (struct file_attr){
		.dev = st->st_dev,
		/* Below the guest's one file system numbers of several must differ; those of the root's stay as they are. */
		.ino = st->st_dev == root_dev ? st->st_ino : st->st_ino ^ (uint64_t)(st->st_dev * 0x9e3779b97f4a7c15ull & 0xffffff0000000000ull),
		.size = (uint64_t)st->st_size, .blocks = (uint64_t)st->st_blocks,
		.atime = st->st_atim.tv_sec, .mtime = st->st_mtim.tv_sec, .ctime = st->st_ctim.tv_sec,
		.atime_ns = (uint32_t)st->st_atim.tv_nsec, .mtime_ns = (uint32_t)st->st_mtim.tv_nsec, .ctime_ns = (uint32_t)st->st_ctim.tv_nsec,
		.mode = st->st_mode, .nlink = (uint32_t)st->st_nlink, .uid = st->st_uid, .gid = st->st_gid,
		.rdev = (uint32_t)makedev(major(st->st_rdev), minor(st->st_rdev)), .blksize = (uint32_t)st->st_blksize,
		.young = is_young(st),
	};
}

/* Appends what is known of a name in a directory: attributes, and what hangs on them. The answer may move. */
int describe(struct answer *answer, int dir, const char *name, size_t attr_at)
{
	struct stat st;
	struct file_attr attr;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
		return errno;
	fill_attr(&attr, &st);
	if (S_ISLNK(st.st_mode)) {
		char *to = room_for(answer, 4096);
		ssize_t size = readlinkat(dir, name, to, 4095);
		attr.link_size = size > 0 ? (uint32_t)size : 0;
		answer->used += attr.link_size;
	} else if (S_ISREG(st.st_mode) && st.st_mode & 0111) {
		/* By the descriptor's path: there is no getxattrat before 6.13. */
		char path[64 + 256];
		char *to = room_for(answer, 64);
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);
		ssize_t size = lgetxattr(path, "security.capability", to, 64);
		attr.caps_size = size > 0 ? (uint32_t)size : 0;
		answer->used += attr.caps_size;
	}
	memcpy(answer->at + attr_at, &attr, sizeof(attr));
	return 0;
}
