#define _GNU_SOURCE
#include "beside.h"
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

bool whole(ssize_t (*go)(int, void *, size_t), int fd, void *at, size_t size)
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

ssize_t line_put(int fd, void *at, size_t size)
{
	return send(fd, at, size, MSG_NOSIGNAL);
}

void leave(void)
{
	hide_spool();
	_exit(0);
}

static void leave_by(int signal)
{
	(void)signal;
	leave();
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

/* A descriptor for each file that the guest has open, or had not long ago. */
static void allow_many_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void serve_beside(const char *directory, int descriptor, char **program, const char *name)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		exit(125);
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid < 0)
		exit(125);
	if (pid != 0) {
		if (dup2(ends[1], descriptor) != descriptor)
			exit(125);
		fcntl(descriptor, F_SETFD, 0); /* it may have been this one */
		execvp(program[0], program);
		exit(127);
	}
	signal(SIGTERM, leave_by);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(0);
	/* What QEMU has been given is not ours to keep open. */
	int line = fcntl(ends[0], F_DUPFD_CLOEXEC, BESIDE_LINE);
	dup2(line, BESIDE_LINE);
	int root = open(directory, O_PATH | O_DIRECTORY);
	dup2(root, BESIDE_ROOT);
	close_from(BESIDE_FREE);
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0), dup2(null, 1), dup2(null, 2);
	close(null);
	prctl(PR_SET_NAME, name);
	allow_many_files();
}
