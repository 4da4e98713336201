/* Makes file systems forget what they know of names. */
#include "guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of linux/mount.h (5.2), which cannot be included beside every glibc's sys/mount.h. */
#ifndef SYS_fspick
#define SYS_fsconfig 431
#define SYS_fspick 433
#endif
enum { PICK_CLOEXEC = 1, PICK_EMPTY_PATH = 8, CONFIG_RECONFIGURE = 7 };

void forget_unused(int dir)
{
	/* Linux 5.2; a remount also wakes whoever watches /proc/self/mountinfo. */
	int fd = (int)syscall(SYS_fspick, dir, "", PICK_CLOEXEC | PICK_EMPTY_PATH);
	if (fd >= 0) {
		long failed = syscall(SYS_fsconfig, fd, CONFIG_RECONFIGURE, NULL, NULL, 0);
		close(fd);
		if (!failed)
			return;
	}
	char path[40];
	struct statvfs mounted;
	unsigned long flags = MS_REMOUNT;
	if (fstatvfs(dir, &mounted) == 0 && mounted.f_flag & ST_RDONLY)
		flags |= MS_RDONLY;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	mount(NULL, path, NULL, flags, NULL);
}

/*
 * Makes the root forget the names that nothing uses at this moment, and with
 * them the pages of files that nothing maps: what is looked up next is asked
 * of the host. overlayfs never asks again by itself, neither for a name that
 * it knows nor for one that was missing, and 9p keeps the pages of a file that
 * was mapped as long as overlayfs keeps its name: then a file that the host
 * has changed is mapped, or run, old, or old and new mixed
 * (test/machine/guest/coherence.e2e.test.ts).
 *
 * A reconfiguration without any change does just that to one file system
 * (shrink_dcache_sb in do_remount_sb and reconfigure_super, fs/super.c); writing
 * to drop_caches would empty every cache of the kernel that is to be tested.
 */
void forget_names(void)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return;
	forget_unused(root);
	close(root);
}
