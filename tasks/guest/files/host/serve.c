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
#include "answers.h"
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* A slow file system on the host holds up as many, not all. */
#define WORKERS 4

static int line;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER, writing = PTHREAD_MUTEX_INITIALIZER;

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

static int answer_to(struct answer *answer, const struct ask_head *ask, const char *text, size_t size)
{
	switch (ask->what) {
	case ASK_STAT: return look_at(answer, text);
	case ASK_LIST: return list_dir(answer, text, ask->arg);
	case ASK_OPEN: return open_file(answer, text, (int)ask->handle);
	case ASK_READ: return read_handle(answer, ask);
	case ASK_XATTR: return xattr_of(answer, text, strlen(text) < size ? text + strlen(text) + 1 : "");
	case ASK_XATTRS: return xattr_of(answer, text, NULL);
	case ASK_STATFS: return statfs_of(answer);
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
			close_handle((int)ask.handle);
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
	attributes_of(st.st_dev);
	watch_start(atol(argv[3]), send_changes);
	first_handle = dup(root);
	close(first_handle);
	for (int i = 1; i < WORKERS; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, work, NULL);
	}
	work(NULL);
}
