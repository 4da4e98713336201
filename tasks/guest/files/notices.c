/* Tells the kernel what to forget, by a thread of its own: the kernel waits for pages that are being read, and those wait for who answers its requests. */
#include "files.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { PAGES, ATTR, NAME, UNUSED, ALL_UNUSED, DONE };

struct notice {
	enum kind kind;
	uint32_t size; /* of the name that follows, with its NUL */
	uint64_t id;
	unsigned tries;
};

/* An answer may be on its way to the kernel, which then does not know the file yet. */
#define TRIES 3
#define TRY_NS (10 * 1000 * 1000)

static int fuse, mount_point;
static const struct notice_calls *calls;
static struct queue queue, again;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;

/* @param offset from where on its pages are dropped, mapped ones too; negative: its attributes alone are forgotten */
static bool invalidate(uint64_t id, int64_t offset)
{
	struct { struct fuse_out_header head; struct fuse_notify_inval_inode_out inode; } note = {
		.head = { .len = sizeof(note), .error = FUSE_NOTIFY_INVAL_INODE },
		.inode = { .ino = id, .off = offset, .len = 0 },
	};
	return write(fuse, &note, sizeof(note)) >= 0 || errno != ENOENT;
}

static void invalidate_name(uint64_t dir, char *name, size_t size)
{
	struct { struct fuse_out_header head; struct fuse_notify_inval_entry_out entry; } note = {
		.head = { .len = (uint32_t)(sizeof(note) + size), .error = FUSE_NOTIFY_INVAL_ENTRY },
		.entry = { .parent = dir, .namelen = (uint32_t)size - 1 },
	};
	struct iovec parts[] = { { &note, sizeof(note) }, { name, size } };
	(void)!writev(fuse, parts, 2);
}

static void tell(const struct notice *notice, char *name)
{
	bool known = true;
	switch (notice->kind) {
	case PAGES: known = invalidate(notice->id, 0); break;
	case ATTR: known = invalidate(notice->id, -1); break;
	case NAME: invalidate_name(notice->id, name, notice->size); break;
	case UNUSED: forget_names(); break;
	case ALL_UNUSED:
		forget_names();
		forget_unused(mount_point);
		break;
	case DONE: break;
	}
	pthread_mutex_lock(&files_lock);
	if (!known && notice->tries < TRIES) {
		struct notice later = *notice;
		later.tries++;
		queue_add(&again, &later, sizeof(later));
	}
	if (notice->kind == DONE)
		calls->done(notice->id);
}

static void *run(void *unused)
{
	const struct timespec rest = { .tv_nsec = TRY_NS };
	(void)unused;
	pthread_mutex_lock(&files_lock);
	for (;;) {
		if (queue_size(&queue) == 0 && queue_size(&again) > 0) {
			pthread_mutex_unlock(&files_lock);
			nanosleep(&rest, NULL);
			pthread_mutex_lock(&files_lock);
			queue_add(&queue, again.at + again.start, queue_size(&again));
			queue_drop(&again, queue_size(&again));
		}
		if (queue_size(&queue) == 0) {
			pthread_cond_wait(&wanted, &files_lock);
			continue;
		}
		struct notice notice;
		char name[256];
		memcpy(&notice, queue.at + queue.start, sizeof(notice));
		memcpy(name, queue.at + queue.start + sizeof(notice), notice.size);
		queue_drop(&queue, sizeof(notice) + notice.size);
		if (notice.kind == UNUSED || notice.kind == ALL_UNUSED)
			calls->unused();
		pthread_mutex_unlock(&files_lock);
		tell(&notice, name);
	}
	return NULL;
}

static void add(enum kind kind, uint64_t id, const char *name)
{
	struct notice notice = { .kind = kind, .id = id, .size = name ? (uint32_t)strlen(name) + 1 : 0 };
	if (queue_size(&queue) == 0)
		pthread_cond_signal(&wanted);
	queue_add(&queue, &notice, sizeof(notice));
	queue_add(&queue, name ? name : "", notice.size);
}

void notice_change(const struct node *node)
{
	add(PAGES, node->id, NULL);
}

void notice_attr(uint64_t id)
{
	add(ATTR, id, NULL);
}

void notice_name(const struct node *dir, const char *name)
{
	add(NAME, dir->id, name);
}

void notice_unused(bool all)
{
	add(all ? ALL_UNUSED : UNUSED, 0, NULL);
}

void notice_done(uint64_t ticket)
{
	add(DONE, ticket, NULL);
}

void forget_attr(struct node *node)
{
	/* It waits for no page; and the inode is not on its way out, for which it would wait: the request holds it. */
	if (node->stale_attr)
		invalidate(node->id, -1);
	node->stale_attr = false;
}

void start_thread(void *(*start)(void *))
{
	pthread_t thread;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, start, NULL) != 0)
		abort();
}

void notices_start(int fd, int dir, const struct notice_calls *called)
{
	calls = called;
	fuse = fd;
	mount_point = dir;
	start_thread(run);
}
