/* What there is by a path: a name, a directory, what hangs on either. */
#define _GNU_SOURCE
#include "answers.h"
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The directory that holds a path's last name, and that name. */
static int parent_of(const char *path, const char **name)
{
	char dir[4096];
	const char *slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	if (!slash)
		return dup(root);
	size_t size = (size_t)(slash - path);
	if (size >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, path, size);
	dir[size] = '\0';
	return openat(root, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* A directory, whose times change with what is in it: looked at again once that is watched. */
static int describe_watched(struct answer *answer, int dir, const char *name)
{
	struct stat st;
	struct file_attr *attr = (struct file_attr *)answer->at;
	int fd = openat(dir, *name ? name : ".", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno;
	uint32_t watch = watch_dir(fd);
	int error = fstat(fd, &st) == 0 ? 0 : errno;
	close(fd);
	fill_attr(attr, &st);
	attr->watch = watch;
	return error;
}

int look_at(struct answer *answer, const char *path)
{
	const char *name;
	int dir = parent_of(path, &name);
	if (dir < 0)
		return errno;
	answer->head.watch = watch_dir(dir);
	room_for(answer, sizeof(struct file_attr));
	answer->used = sizeof(struct file_attr);
	int error = describe(answer, dir, name, 0);
	if (error == 0 && S_ISDIR(((struct file_attr *)answer->at)->mode))
		error = describe_watched(answer, dir, name);
	close(dir);
	return error;
}

static uint64_t hash_of(const char *at, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325ull;
	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t word;
		memcpy(&word, at + i, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	return hash;
}

int list_dir(struct answer *answer, const char *path, uint64_t known)
{
	int fd = openat(root, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *one;
	struct stat st;
	if (!dir) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		return error;
	}
	struct file_attr *own = room_for(answer, sizeof(*own));
	answer->head.watch = watch_dir(fd);
	if (fstat(fd, &st) != 0)
		memset(&st, 0, sizeof(st));
	fill_attr(own, &st);
	own->watch = answer->head.watch;
	answer->used = sizeof(*own);
	while ((one = readdir(dir))) {
		if (strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0)
			continue;
		size_t at = answer->used, length = strlen(one->d_name);
		room_for(answer, sizeof(struct file_entry) + length + 16);
		memset(answer->at + at, 0, sizeof(struct file_entry));
		answer->used += sizeof(struct file_entry);
		memcpy(answer->at + answer->used, one->d_name, length);
		answer->used += length;
		if (describe(answer, fd, one->d_name, at) != 0) { /* gone meanwhile */
			answer->used = at;
			continue;
		}
		while (answer->used % 8 != 0)
			*(char *)room_for(answer, 8) = 0, answer->used++;
		struct file_entry *entry = (struct file_entry *)(answer->at + at);
		entry->size = (uint32_t)(answer->used - at);
		entry->name_size = (uint32_t)length;
		entry->attr.atime = entry->attr.atime_ns = 0; /* changes with each look */
	}
	closedir(dir);
	answer->head.hash = hash_of(answer->at + sizeof(*own), answer->used - sizeof(*own)) | 1;
	if (answer->head.hash == known)
		answer->used = sizeof(*own);
	return 0;
}

int xattr_of(struct answer *answer, const char *path, const char *name)
{
	char full[64 + 4096];
	char *to = room_for(answer, 65536);
	snprintf(full, sizeof(full), "/proc/self/fd/%d/%s", root, path);
	ssize_t size = name ? lgetxattr(full, name, to, 65536) : llistxattr(full, to, 65536);
	if (size < 0)
		return errno;
	answer->used = (size_t)size;
	return 0;
}

int statfs_of(struct answer *answer)
{
	struct statfs st;
	if (fstatfs(root, &st) != 0)
		return errno;
	struct file_system *system = room_for(answer, sizeof(*system));
	*system = (struct file_system){
		.blocks = st.f_blocks, .bfree = st.f_bfree, .bavail = st.f_bavail, .files = st.f_files, .ffree = st.f_ffree,
		.bsize = (uint32_t)st.f_bsize, .namelen = (uint32_t)st.f_namelen, .frsize = (uint32_t)st.f_frsize,
	};
	answer->used = sizeof(*system);
	return 0;
}
