/* What a name is: its attributes, its target, and what hangs on it. */
#include "requests.h"

#include <errno.h>
#include <string.h>

/* What the kernel is told of a node, for as long as it need not ask. */
static void fill_attr(struct fuse_attr *to, struct node *node)
{
	const struct file_attr *from = &node->attr;
	*to = (struct fuse_attr){
		.ino = from->ino, .size = from->size, .blocks = from->blocks,
		.atime = (uint64_t)from->atime, .mtime = (uint64_t)from->mtime, .ctime = (uint64_t)from->ctime,
		.atimensec = from->atime_ns, .mtimensec = from->mtime_ns, .ctimensec = from->ctime_ns,
		.mode = from->mode, .nlink = from->nlink, .uid = from->uid, .gid = from->gid, .rdev = from->rdev, .blksize = from->blksize,
	};
	node->stale_attr = false;
	node->given_size = from->size;
}

void do_lookup(const struct request *request, struct node *dir)
{
	struct node *node = child_of(dir, request->body, true);
	/* Not for longer: overlayfs keeps it besides. */
	struct fuse_entry_out out = { .entry_valid_nsec = MISSING_FRESH_NS };
	if (!is_known_now(request, node))
		return;
	/*
	 * What the host has removed and the kernel still knows stays a name, which
	 * can be neither looked at nor opened: overlayfs says ESTALE instead of
	 * ENOENT when a name below it is gone, for as long as something has it open.
	 */
	bool kept = node->gone && node->lookups > 0;
	if (kept || !node->gone) {
		bool lasting = !kept && node->lasting && node->opens == 0;
		out.entry_valid = out.attr_valid = lasting ? KERNEL_LASTING_S : 0;
		out.entry_valid_nsec = out.attr_valid_nsec = kept || lasting ? 0 : KERNEL_FRESH_NS;
		out.nodeid = node->id;
		fill_attr(&out.attr, node);
		given(node, lasting);
		node->lookups++;
	}
	if (node->gone)
		given_missing(node);
	if (kept)
		forget_unused_later();
	request_answer(request->head->unique, 0, &out, sizeof(out));
	node_forget(node, 0);
}

void do_getattr(const struct request *request, struct node *node)
{
	struct fuse_attr_out out = { 0 };
	if (!is_known_now(request, node))
		return;
	bool lasting = node->lasting && node->opens == 0 && !node->gone;
	out.attr_valid = lasting ? KERNEL_LASTING_S : 0;
	out.attr_valid_nsec = lasting ? 0 : KERNEL_FRESH_NS;
	fill_attr(&out.attr, node);
	given(node, lasting);
	/* Of what has no name any more only those can ask who have it open. */
	if (node->gone)
		out.attr.nlink = 0;
	if (node->gone && node->opens == 0)
		request_answer(request->head->unique, ENOENT, NULL, 0);
	else
		request_answer(request->head->unique, 0, &out, sizeof(out));
}

static void answer_link(const struct request *request, struct node *node)
{
	request_answer(request->head->unique, 0, node->link, strlen(node->link));
	link_given(node);
}

void do_readlink(const struct request *request, struct node *node)
{
	if (!is_known_now(request, node))
		return;
	if (node->gone || !node->link)
		request_answer(request->head->unique, ENOENT, NULL, 0);
	else
		answer_link(request, node);
}

void answer_xattr(const struct request *request, uint32_t size, const void *value, size_t length)
{
	struct fuse_getxattr_out out = { .size = (uint32_t)length };
	if (size == 0)
		request_answer(request->head->unique, 0, &out, sizeof(out));
	else if (length > size)
		request_answer(request->head->unique, ERANGE, NULL, 0);
	else
		request_answer(request->head->unique, 0, value, length);
}

void do_getxattr(const struct request *request, struct node *node)
{
	const struct fuse_getxattr_in *in = (const struct fuse_getxattr_in *)request->body;
	const char *name = (const char *)(in + 1);
	if (strcmp(name, "security.capability") == 0) {
		if (!is_known_now(request, node))
			return;
		if (node->gone || node->attr.caps_size == 0)
			request_answer(request->head->unique, ENODATA, NULL, 0);
		else
			answer_xattr(request, in->size, node->caps, node->attr.caps_size);
		return;
	}
	/* The host's own layers are not the guest's. */
	if (strncmp(name, "trusted.overlay.", 16) == 0) {
		request_answer(request->head->unique, ENODATA, NULL, 0);
		return;
	}
	char text[4096 + 256];
	size_t size = path_of(node, text, 4096);
	strncpy(text + size + 1, name, 255);
	pending_ask(request, node, NULL, ASK_XATTR, 0, 0, text, size + 1 + strnlen(name, 255) + 1);
}
