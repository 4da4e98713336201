/*
 * The host's end: serves the host's files to the guest, for reading, and runs
 * the VM.
 *
 *   files-serve ROOT DESCRIPTOR WATCHES PROGRAM ARGUMENT...
 *
 * becomes PROGRAM, which gets one end of a socket as DESCRIPTOR, and leaves a
 * process behind that answers at the other end for as long as PROGRAM has it,
 * and watches up to WATCHES directories (-1: a share of what the user may have).
 * It has the rights that PROGRAM has: what that user cannot read, the guest
 * cannot.
 */
#define _GNU_SOURCE
#include "../protocol.h"
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* A slow file system on the host holds up as many, not all. */
#define WORKERS 4

static int root, line;
/* Files of the guest have this descriptor or a higher one. */
static int first_handle;
static dev_t root_dev;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER, writing = PTHREAD_MUTEX_INITIALIZER;

struct answer {
	struct answer_head head;
	char *at;
	size_t used, room;
};

static void *room_for(struct answer *answer, size_t size)
{
	if (answer->used + size > answer->room) {
		answer->room = 2 * (answer->used + size);
		answer->at = realloc(answer->at, answer->room);
		if (!answer->at)
			abort();
	}
	return answer->at + answer->used;
}

static bool whole(ssize_t (*go)(int, void *, size_t), int fd, void *at, size_t size)
{
	for (char *next = at; size > 0;) {
		ssize_t n = go(fd, next, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		next += n;
		size -= (size_t)n;
	}
	return true;
}

static ssize_t put(int fd, void *at, size_t size)
{
	return send(fd, at, size, MSG_NOSIGNAL);
}

/* File systems give a file the time of the last tick: 10 ms at the most; and then there are the ones of a coarser clock, of which FAT alone is still at hand. */
#define YOUNG_NS (30 * 1000 * 1000)

static bool is_young(const struct stat *st)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t age = (now.tv_sec - st->st_ctim.tv_sec) * 1000000000ll + now.tv_nsec - st->st_ctim.tv_nsec;
	return age > -YOUNG_NS && age < YOUNG_NS;
}

static void fill(struct file_attr *attr, const struct stat *st)
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
static int describe(struct answer *answer, int dir, const char *name, size_t attr_at)
{
	struct stat st;
	struct file_attr attr;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
		return errno;
	fill(&attr, &st);
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
	fill(attr, &st);
	attr->watch = watch;
	return error;
}

static int do_stat(struct answer *answer, const char *path)
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

static int do_list(struct answer *answer, const char *path, uint64_t known)
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
	fill(own, &st);
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

/* Whether a path is the file that is open as a handle already, and then what that is. */
static bool is_open(const char *path, int handle, struct stat *st)
{
	struct stat named;
	return handle >= first_handle && fstatat(root, path, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(handle, st) == 0 && named.st_dev == st->st_dev && named.st_ino == st->st_ino;
}

static int do_open(struct answer *answer, const char *path, int handle)
{
	struct stat st;
	struct file_attr *attr = room_for(answer, sizeof(*attr));
	if (is_open(path, handle, &st)) {
		fill(attr, &st);
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
	fill(attr, &st);
	attr->handle = (uint32_t)fd;
	answer->used = sizeof(*attr);
	return 0;
}

static int do_read(struct answer *answer, const struct ask_head *ask)
{
	struct stat st;
	size_t size = ask->length < FILES_READ_MOST ? ask->length : FILES_READ_MOST;
	struct file_attr *attr = room_for(answer, sizeof(*attr) + size);
	ssize_t got = pread((int)ask->handle, attr + 1, size, (off_t)ask->arg);
	if (got < 0 || fstat((int)ask->handle, &st) != 0)
		return errno;
	fill(attr, &st);
	answer->used = sizeof(*attr) + (size_t)got;
	return 0;
}

static int do_xattr(struct answer *answer, const char *path, const char *name)
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

static int do_statfs(struct answer *answer)
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

static int answer_to(struct answer *answer, const struct ask_head *ask, const char *text, size_t size)
{
	switch (ask->what) {
	case ASK_STAT: return do_stat(answer, text);
	case ASK_LIST: return do_list(answer, text, ask->arg);
	case ASK_OPEN: return do_open(answer, text, (int)ask->handle);
	case ASK_READ: return do_read(answer, ask);
	case ASK_XATTR: return do_xattr(answer, text, strlen(text) < size ? text + strlen(text) + 1 : "");
	case ASK_XATTRS: return do_xattr(answer, text, NULL);
	case ASK_STATFS: return do_statfs(answer);
	case ASK_CHANGES: watch_drain(); return 0;
	default: return ENOSYS;
	}
}

static void send_whole(struct answer_head *head, void *at, size_t size)
{
	head->size = (uint32_t)(sizeof(*head) + size);
	pthread_mutex_lock(&writing);
	bool sent = whole(put, line, head, sizeof(*head)) && whole(put, line, at, size);
	pthread_mutex_unlock(&writing);
	if (!sent)
		_exit(0);
}

static void send_changes(void *events, size_t size)
{
	struct answer_head head = { .tag = TAG_CHANGES };
	send_whole(&head, events, size);
}

static void *work(void *unused)
{
	struct answer answer = { 0 };
	char text[8192];
	(void)unused;
	for (;;) {
		struct ask_head ask;
		pthread_mutex_lock(&reading);
		bool got = whole(read, line, &ask, sizeof(ask)) && ask.size >= sizeof(ask) && ask.size - sizeof(ask) < sizeof(text) && whole(read, line, text, ask.size - sizeof(ask));
		pthread_mutex_unlock(&reading);
		if (!got)
			_exit(0);
		text[ask.size - sizeof(ask)] = '\0';
		if (ask.what == ASK_CLOSE) {
			if ((int)ask.handle >= first_handle)
				close((int)ask.handle);
			continue;
		}
		answer.used = 0;
		answer.head = (struct answer_head){ .tag = ask.tag };
		int error = answer_to(&answer, &ask, text, ask.size - sizeof(ask));
		if (error != 0)
			answer.used = 0;
		answer.head.error = error;
		send_whole(&answer.head, answer.at, answer.used);
	}
}

/* close_range(2) by hand: glibc has it since 2.34. */
static void close_from(int first)
{
	DIR *open = opendir("/proc/self/fd");
	struct dirent *one;
	while (open && (one = readdir(open))) {
		int fd = atoi(one->d_name);
		if (fd >= first && fd != dirfd(open))
			close(fd);
	}
	if (open)
		closedir(open);
}

int main(int argc, char **argv)
{
	int ends[2];
	struct stat st;
	if (argc < 5 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return 125;
	pid_t program = getpid();
	pid_t pid = fork();
	if (pid < 0)
		return 125;
	if (pid != 0) {
		int fd = atoi(argv[2]);
		if (dup2(ends[1], fd) != fd)
			return 125;
		execvp(argv[4], argv + 4);
		return 127;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != program)
		return 0;
	/* What QEMU has been given is not ours to keep open. */
	line = fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
	dup2(line, 3);
	line = 3;
	root = open(argv[1], O_PATH | O_DIRECTORY);
	dup2(root, 4);
	root = 4;
	close_from(5);
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0), dup2(null, 1), dup2(null, 2);
	close(null);
	prctl(PR_SET_NAME, "kloop-files");
	/* A descriptor for each file that the guest has open, or had not long ago. */
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (fstat(root, &st) != 0)
		return 125;
	root_dev = st.st_dev;
	watch_start(atol(argv[3]), send_changes);
	first_handle = dup(root);
	close(first_handle);
	for (int i = 1; i < WORKERS; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, work, NULL);
	}
	work(NULL);
}
