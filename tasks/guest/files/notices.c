/* Tells the kernel that a file has changed. */
#include "files.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int fuse, notices[2];

/* @param offset from where on its pages are dropped, mapped ones too; negative: its attributes alone are forgotten */
static void invalidate(uint64_t id, int64_t offset)
{
	struct { struct fuse_out_header head; struct fuse_notify_inval_inode_out inode; } note = {
		.head = { .len = sizeof(note), .error = FUSE_NOTIFY_INVAL_INODE },
		.inode = { .ino = id, .off = offset, .len = 0 },
	};
	(void)!write(fuse, &note, sizeof(note));
}

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
	while (read(notices[0], &id, sizeof(id)) == sizeof(id))
		invalidate(id, 0);
	return NULL;
}

void notice_change(const struct node *node)
{
	/* Full: whoever opens it next has its pages dropped all the same (stale_pages). */
	(void)!write(notices[1], &node->id, sizeof(node->id));
}

void forget_attr(struct node *node)
{
	/* It waits for no page; and the inode is not on its way out, for which it would wait: the request holds it. */
	if (node->stale_attr)
		invalidate(node->id, -1);
	node->stale_attr = false;
}

void notice_attr(uint64_t id)
{
	invalidate(id, -1);
}

void notices_start(int fd)
{
	fuse = fd;
	if (pipe2(notices, O_CLOEXEC) != 0)
		abort();
	fcntl(notices[1], F_SETFL, O_NONBLOCK);
	start_thread(notify);
}
