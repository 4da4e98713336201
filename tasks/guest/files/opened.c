/* Files that are open. */
#include "requests.h"

#include <errno.h>
#include <string.h>

static void answer_open(const struct request *request, struct node *node, struct handle *handle)
{
	bool direct = node->other_pages || handle != node->handle;
	struct fuse_open_out out = { .fh = (uint64_t)(uintptr_t)handle, .open_flags = direct ? FOPEN_DIRECT_IO : node->stale_pages ? 0 : FOPEN_KEEP_CACHE };
	if (!direct)
		node->stale_pages = false;
	forget_attr(node);
	node->opens++;
	handle->opens++;
	handle->used_us = now_us();
	request_answer(request->head->unique, 0, &out, sizeof(out));
}

/*
 * Whether the file that is kept open is what the host would open now: it was a
 * moment ago, and no message of a change came since. Not by the messages alone:
 * what is written by a mapping has none.
 */
static bool is_same_still(const struct node *node)
{
	return node->handle && !node->gone && node->lasting && is_fresh(node->seen) && !node->stale_pages && !node->other_pages;
}

/* Else asked of the host: what the kernel still has of it would be old, and what it has not, new. */
void do_open(const struct request *request, struct node *node)
{
	char path[4096];
	if (is_same_still(node)) {
		answer_open(request, node, node->handle);
		return;
	}
	size_t size = path_of(node, path, sizeof(path));
	pending_ask(request, node, node->handle, ASK_OPEN, 0, 0, path, size);
}

/* @param asked the handle that it might have been */
void answer_opened(const struct request *request, struct node *node, struct moment when, struct handle *asked, const char *payload)
{
	struct handle *handle = asked;
	struct file_attr attr;
	memcpy(&attr, payload, sizeof(attr));
	if (!asked || asked->fd != attr.handle) {
		handle = grow(NULL, sizeof(*handle));
		*handle = (struct handle){ .fd = attr.handle, .attr = attr };
	}
	long_file(attr.size);
	attr.caps_size = node->attr.caps_size;
	node_learn(node, when, &attr, NULL);
	/* Another request for it may have been quicker. */
	if (handle != asked && node->handle && node->handle->attr.ino == attr.ino && node->handle->attr.dev == attr.dev) {
		handle->opens = 1;
		handle_drop(handle);
		handle = node->handle;
	} else if (handle != asked) {
		node_keep(node, handle);
	}
	answer_open(request, node, handle);
}

void do_read(const struct request *request, struct node *node)
{
	const struct fuse_read_in *in = (const struct fuse_read_in *)request->body;
	struct handle *handle = (struct handle *)(uintptr_t)in->fh;
	struct pending *pending = pending_copy(request, node, handle, ASK_READ);
	pending->slot = long_slot(in->size);
	link_ask(ASK_READ, (uint64_t)(uintptr_t)pending, in->offset, handle->fd, in->size, (const char *)&pending->slot, sizeof(pending->slot));
}

/* What a read of an open file says of the file: not of the name, which may be another one's by now. */
static void learn_by_reading(struct node *node, const struct handle *handle, struct file_attr now)
{
	if (node->handle != handle || node->gone)
		return;
	now.link_size = node->attr.link_size;
	now.caps_size = node->attr.caps_size;
	now.atime = node->attr.atime, now.atime_ns = node->attr.atime_ns;
	node_learn(node, node->seen, &now, NULL);
}

void answer_read(const struct pending *pending, const struct request *request, const char *payload, size_t size, size_t spooled)
{
	const struct fuse_read_in *in = (const struct fuse_read_in *)request->body;
	struct node *node = pending->node;
	struct handle *handle = pending->handle;
	struct file_attr now;
	memcpy(&now, payload, sizeof(now));
	const char *data = spooled ? long_read(pending->slot, spooled) : payload + sizeof(now);
	if (!data) {
		request_answer(request->head->unique, EIO, NULL, 0);
		return;
	}
	size = spooled ? spooled : size - sizeof(now);
	handle->used_us = now_us();
	/*
	 * Written to since it was looked at: longer, the kernel is to ask for the
	 * size before it has the content. Shorter, it sees the end by the short
	 * answer, unless it has been told in between that what it knew is old
	 * (fuse_read_update_size, fs/fuse/file.c): then it has NULs up to the old end.
	 */
	bool cut = now.size < node->given_size;
	if (!cut) {
		learn_by_reading(node, handle, now);
		forget_attr(node);
	}
	request_answer(request->head->unique, 0, data, size);
	if (cut) {
		if (in->offset + size == now.size)
			node->given_size = now.size;
		learn_by_reading(node, handle, now);
	}
}

void do_release(const struct request *request, struct node *node)
{
	const struct fuse_release_in *in = (const struct fuse_release_in *)request->body;
	handle_drop((struct handle *)(uintptr_t)in->fh);
	if (--node->opens == 0)
		node->other_pages = false;
	request_answer(request->head->unique, 0, NULL, 0);
	node_forget(node, 0);
}
