/* Tells the kernel that the content of a file has changed: its pages are dropped, mapped ones too. */
#include "files.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int fuse, notices[2];

void start_thread(void *(*run)(void *))
{
	pthread_t thread;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, run, NULL) != 0)
		abort();
}

/* By a thread of its own: the kernel waits for pages that are being read, and those wait for who answers its requests. */
static void *notify(void *unused)
{
	uint64_t id;
	(void)unused;
	while (read(notices[0], &id, sizeof(id)) == sizeof(id)) {
		struct { struct fuse_out_header head; struct fuse_notify_inval_inode_out inode; } note = {
			.head = { .len = sizeof(note), .error = FUSE_NOTIFY_INVAL_INODE },
			.inode = { .ino = id, .off = 0, .len = 0 },
		};
		(void)!write(fuse, &note, sizeof(note));
	}
	return NULL;
}

void notice_change(const struct node *node)
{
	/* Full: whoever opens it next has its pages dropped all the same (stale_pages). */
	(void)!write(notices[1], &node->id, sizeof(node->id));
}

void notices_start(int fd)
{
	fuse = fd;
	if (pipe2(notices, O_CLOEXEC) != 0)
		abort();
	fcntl(notices[1], F_SETFL, O_NONBLOCK);
	start_thread(notify);
}
