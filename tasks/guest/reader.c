/*
 * Whether somebody waits for what is typed into a terminal. No event tells:
 * the kernel has none for a reader that begins to wait, and packet mode tells
 * a change of modes only where EXTPROC is on, which switches line editing off.
 * So it is looked at, while a shell starts.
 */
#include "guest.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <stdlib.h>

/* Majors of /dev/pts/N (devices.txt); its number goes on in the next major after a million. */
#define PTS_MAJOR 136
#define PTS_MAJORS 8

static bool is_terminal(pid_t pid, unsigned long fd)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof(path), "/proc/%d/fd/%lu", (int)pid, fd);
	if (stat(path, &st) != 0 || !S_ISCHR(st.st_mode))
		return false;
	unsigned int number = major(st.st_rdev);
	return (number >= PTS_MAJOR && number < PTS_MAJOR + PTS_MAJORS) || st.st_rdev == makedev(5, 0);
}

/* Waits for one of several descriptors, as line editors do. */
static bool waits_for_any(long call)
{
	switch (call) {
	case SYS_select: case SYS_pselect6: case SYS_poll: case SYS_ppoll: case SYS_epoll_wait: case SYS_epoll_pwait: return true;
	default: return false;
	}
}

bool terminal_is_read(int master)
{
	pid_t group = 0;
	struct termios modes;
	char path[64];
	struct bytes text;
	long call;
	unsigned long fd;
	/* A kernel that does not tell: nobody is made to wait. */
	if (!exists("/proc/self/syscall"))
		return true;
	if (ioctl(master, TIOCGPGRP, &group) != 0 || group <= 1 || tcgetattr(master, &modes) != 0)
		return false;
	/* proc(5): the number of the system call that it is blocked in and its arguments, or "running". */
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)group);
	if (!read_file(path, &text))
		return false;
	int found = sscanf(text.at, "%ld 0x%lx", &call, &fd);
	free(text.at);
	if (found != 2)
		return false;
	if (call == SYS_read)
		return is_terminal(group, fd);
	return !(modes.c_lflag & ICANON) && waits_for_any(call);
}
