/* Requests of the kernel's that wait for the host. */
#include "requests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int fuse = -1;

void requests_from(int fd)
{
	fuse = fd;
}

void request_answer(uint64_t unique, int error, const void *data, size_t size)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + (error ? 0 : size)), .error = -error, .unique = unique };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)data, error ? 0 : size } };
	/* ENOENT: the request was interrupted, and nobody waits. */
	(void)!writev(fuse, parts, 2);
}

struct request request_of(struct pending *pending)
{
	return (struct request){ .head = (struct fuse_in_header *)pending->request, .body = pending->request + sizeof(struct fuse_in_header) };
}

struct pending *pending_copy(const struct request *request, struct node *node, struct handle *handle, enum ask what)
{
	struct pending *pending = grow(NULL, sizeof(*pending) + request->head->len);
	*pending = (struct pending){ .what = what, .asked = this_moment(), .node = node, .handle = handle };
	memcpy(pending->request, request->head, request->head->len);
	node->waits++;
	if (handle)
		handle->opens++;
	return pending;
}

void pending_ask(const struct request *request, struct node *node, struct handle *handle, enum ask what, uint64_t arg, uint32_t length, const char *text, size_t text_size)
{
	const struct pending *pending = pending_copy(request, node, handle, what);
	link_ask(what, (uint64_t)(uintptr_t)pending, arg, handle ? handle->fd : 0, length, text, text_size);
}

void pending_ask_path(const struct request *request, struct node *node, enum ask what, uint64_t arg)
{
	char path[4096];
	size_t size = path_of(node, path, sizeof(path));
	pending_ask(request, node, NULL, what, arg, 0, path, size);
}

void pending_finish(struct pending *pending)
{
	struct node *node = pending->node;
	long_free(pending->slot);
	if (pending->handle)
		handle_drop(pending->handle);
	free(pending);
	node->waits--;
	node_forget(node, 0);
}
