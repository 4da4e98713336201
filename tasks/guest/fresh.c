/* The guest sees the host's files as they are now: what is cached of them, and when it is forgotten. */
#include "guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

bool root_by_fuse;
static bool by_9p;

bool kernel_is_before(int wanted_major, int wanted_minor)
{
	struct utsname kernel;
	int major = 0, minor = 0;
	if (uname(&kernel) == 0)
		sscanf(kernel.release, "%d.%d", &major, &minor);
	return major < wanted_major || (major == wanted_major && minor < wanted_minor);
}

bool kernel_is_stable(int wanted_major, int wanted_minor, int least)
{
	struct utsname kernel;
	int major = 0, minor = 0, sub = 0;
	if (uname(&kernel) == 0)
		sscanf(kernel.release, "%d.%d.%d", &major, &minor, &sub);
	return major == wanted_major && minor == wanted_minor && sub >= least;
}

/*
 * From 6.4 on cache=mmap means that file data is cached, and nothing ever looks
 * whether it is still the host's (CACHE_FILE and CACHE_WRITEBACK,
 * fs/9p/v9fs.h); before, it means that nothing is but the pages that are mapped.
 */
static bool caches_data(void)
{
	return !kernel_is_before(6, 4);
}

/*
 * What 9p keeps of the host's files: no more than the pages that are mapped,
 * so that whatever is read is what the host has. directio keeps reads and
 * writes out of the cache, and lets files be mapped for writing all the same.
 *
 * Before 4.19 a file that is opened by overlayfs is 9p's own with overlayfs's
 * name, in which cache=mmap looks for what is 9p's when a program's data is
 * mapped (v9fs_mmap_file_mmap, fs/9p/vfs_file.c): programs crash, or hang (seen:
 * 4.14.67). cache=none does not look; it cannot map for writing, which the
 * read-only root does not need.
 */
const char *fresh_options(bool read_only)
{
	by_9p = true;
	return caches_data() ? ",cache=mmap,directio" : read_only && kernel_is_before(4, 19) ? ",cache=none" : ",cache=mmap";
}

static void look_at_open_files(const char *pid)
{
	char path[64];
	struct dirent *one;
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	DIR *files = opendir(path);
	while (files && (one = readdir(files))) {
		struct stat st;
		(void)fstatat(dirfd(files), one->d_name, &st, 0);
	}
	if (files)
		closedir(files);
}

/*
 * With directio, Linux 6.12 asks without an end for what lies between the
 * host's end of a file and the end that the guest remembers (a short read is
 * tried again for ever if there was any data: netfs_read_subreq_terminated,
 * fs/netfs/read_collect.c). So a reader hangs when the host cuts the file at
 * that moment. Whoever asks for the file's attributes tells the guest its
 * size, and sets the reader free: that is done here for programs that do not
 * sleep. It is of no use where the file was replaced by a longer one and the
 * reader has the old one open.
 */
static void free_readers(void)
{
	DIR *processes = opendir("/proc");
	struct dirent *process;
	while (processes && (process = readdir(processes))) {
		char path[64];
		struct bytes stat;
		if (atoi(process->d_name) < 2)
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/stat", process->d_name);
		if (!read_file(path, &stat))
			continue;
		const char *name_end = strrchr(stat.at, ')');
		if (name_end && (strncmp(name_end, ") R", 3) == 0 || strncmp(name_end, ") D", 3) == 0))
			look_at_open_files(process->d_name);
		free(stat.at);
	}
	if (processes)
		closedir(processes);
}

uint64_t stay_fresh(uint64_t since_us)
{
	static uint64_t last;
	uint64_t now = now_us();
	if (last == 0 && since_us > 0) /* at the beginning nothing is older than the boot */
		last = now;
	if (now - last < since_us)
		return last + since_us - now;
	last = now;
	if (by_9p && caches_data())
		free_readers();
	if (root_by_fuse)
		files_refresh(since_us == 0);
	else
		forget_names();
	return since_us;
}
