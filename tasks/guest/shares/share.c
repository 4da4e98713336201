/*
 * A directory of the host's that the guest writes to: what the kernel asks of a
 * FUSE file system goes to the host as it is, and so do the answers
 * (shares/host/serve.c). By threads of init, because nothing in the guest can
 * kill PID 1.
 */
#include "../guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

/* What the host answers with at the most, and with what a write begins (shares/host/share.h). */
#define MESSAGE_MOST (1024 * 1024 + 64 * 1024)

struct share {
	int fuse, port;
	int notices[2]; /* a pipe */
};

/* False: the other end is gone. */
static bool write_all(int fd, const char *at, size_t size)
{
	while (size > 0) {
		ssize_t put = write(fd, at, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		size -= (size_t)put;
	}
	return true;
}

/* The C library opens files of its own accord: in the initramfs, not in what we are to answer for. */
static void apart(void)
{
	unshare(CLONE_FS);
}

static void *to_host(void *of)
{
	const struct share *share = of;
	apart();
	char *request = grow(NULL, MESSAGE_MOST);
	for (;;) {
		ssize_t got = read(share->fuse, request, MESSAGE_MOST);
		if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
			continue;
		if (got <= 0 || !write_all(share->port, request, (size_t)got))
			return NULL;
	}
}

/* A notice waits for pages that are being read, and so for an answer. */
static void *give_notice(void *of)
{
	const struct share *share = of;
	apart();
	struct { struct fuse_out_header head; struct fuse_notify_inval_inode_out inode; } note;
	while (read(share->notices[0], &note, sizeof(note)) == sizeof(note))
		(void)!write(share->fuse, &note, sizeof(note));
	return NULL;
}

static void *to_kernel(void *of)
{
	const struct share *share = of;
	apart();
	const struct timespec tick = { .tv_nsec = 1000 * 1000 };
	char *message = grow(NULL, MESSAGE_MOST);
	size_t have = 0;
	bool connected = false;
	for (;;) {
		ssize_t got = read(share->port, message + have, MESSAGE_MOST - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 && connected)
			trouble(TROUBLE_RW_DIR, "the host's program that serves a directory to write to has ended");
		if (got <= 0) { /* the host has not said yet that it is there */
			nanosleep(&tick, NULL);
			continue;
		}
		connected = true;
		size_t at = 0;
		have += (size_t)got;
		while (have - at >= sizeof(struct fuse_out_header)) {
			struct fuse_out_header head;
			memcpy(&head, message + at, sizeof(head));
			if (have - at < head.len)
				break;
			/* EAGAIN: more notices than the pipe takes. The next look at the file finds the change. */
			(void)!write(head.unique == 0 ? share->notices[1] : share->fuse, message + at, head.len);
			at += head.len;
		}
		memmove(message, message + at, have - at);
		have -= at;
	}
}

static void start(void *(*run)(void *), struct share *share)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, run, share) != 0)
		abort();
	pthread_detach(thread);
}

bool mount_written(const char *source, const char *target, unsigned port)
{
	struct share *share = grow(NULL, sizeof(*share));
	char options[128];
	share->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	share->port = share->fuse < 0 ? -1 : port_open(port);
	if (share->port < 0 || pipe2(share->notices, O_CLOEXEC) != 0)
		return false;
	fcntl(share->port, F_SETFL, 0);
	fcntl(share->notices[1], F_SETFL, O_NONBLOCK);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other", share->fuse);
	if (mount(source, target, "fuse", 0, options) != 0)
		return false;
	start(to_host, share);
	start(to_kernel, share);
	start(give_notice, share);
	return true;
}
