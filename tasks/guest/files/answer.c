/* The kernel's requests, answered from what is known, or kept until the host has answered. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* So many names of a directory are asked for one by one within FRESH_FOR_US, then all of it. */
#define SINGLY_MOST 2
/* Where it is known to be as big as this, one more for each so many names; a smaller one is asked for at once. */
#define NAMES_A_LOOK 64
#define SMALL_LISTING 256
/* The kernel's own longest request but for writes, which nobody makes: the file system is mounted for reading. */
#define REQUEST_MOST (256 * 1024)

/* Linux 4.20, of which the host's headers may not know. */
#ifndef FUSE_MAX_PAGES
#define FUSE_MAX_PAGES 0
#endif

static int fuse = -1;
static const struct node *answered;

/* A request that waits for the host. */
struct pending {
	struct pending *next; /* of those that wait for the same listing */
	enum ask what;
	struct moment asked;
	struct node *node;
	struct handle *handle;
	char request[];
};

struct request {
	const struct fuse_in_header *head;
	const char *body;
};

static void answer(uint64_t unique, int error, const void *data, size_t size)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + (error ? 0 : size)), .error = -error, .unique = unique };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)data, error ? 0 : size } };
	/* ENOENT: the request was interrupted, and nobody waits. */
	(void)!writev(fuse, parts, 2);
}

static void answer_two(uint64_t unique, const void *one, size_t one_size, const void *two, size_t two_size)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + one_size + two_size), .unique = unique };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)one, one_size }, { (void *)two, two_size } };
	(void)!writev(fuse, parts, 3);
}

static struct request request_of(struct pending *pending)
{
	return (struct request){ .head = (struct fuse_in_header *)pending->request, .body = pending->request + sizeof(struct fuse_in_header) };
}

static struct pending *copy_of(const struct request *request, struct node *node, struct handle *handle, enum ask what)
{
	struct pending *pending = grow(NULL, sizeof(*pending) + request->head->len);
	*pending = (struct pending){ .what = what, .asked = this_moment(), .node = node, .handle = handle };
	memcpy(pending->request, request->head, request->head->len);
	node->waits++;
	if (handle)
		handle->opens++;
	return pending;
}

static void keep(const struct request *request, struct node *node, struct handle *handle, enum ask what, uint64_t arg, uint32_t length, const char *text, size_t text_size)
{
	const struct pending *pending = copy_of(request, node, handle, what);
	link_ask(what, (uint64_t)(uintptr_t)pending, arg, handle ? handle->fd : 0, length, text, text_size);
}

static void ask_path(const struct request *request, struct node *node, enum ask what, uint64_t arg)
{
	char path[4096];
	size_t size = path_of(node, path, sizeof(path));
	keep(request, node, NULL, what, arg, 0, path, size);
}

static bool list_known(const struct node *dir)
{
	return dir->listing && (dir == answered || list_fresh(dir));
}

/*
 * By a listing of before it is known only of what changes with a message: not
 * the times of a directory, and not what has other names, or is open. One that
 * was asked for before something else was learnt of the name may be older.
 */
static bool known_by(const struct node *dir, const struct file_entry *entry, const struct node *node)
{
	if (dir->listed.us < node->learnt_us)
		return false;
	bool told = !entry || (lasts(&entry->attr) && node->opens == 0);
	return told || dir == answered || is_fresh(dir->listed);
}

static void ask_list(const struct request *request, struct node *dir)
{
	if (dir->list_asked) {
		struct pending *pending = copy_of(request, dir, NULL, ASK_LIST);
		pending->next = dir->for_list;
		dir->for_list = pending;
		return;
	}
	dir->list_asked = true;
	ask_path(request, dir, ASK_LIST, dir->listing ? dir->listing->hash : 0);
}

/* Whether what is known of a name is fresh; else the host is asked, and the request comes again. */
static bool ensure(const struct request *request, struct node *node)
{
	struct node *dir = node->parent;
	if (node == answered || node_fresh(node))
		return true;
	const struct file_entry *entry = dir && list_known(dir) ? listed(dir->listing, node->name) : NULL;
	if (dir && list_known(dir) && known_by(dir, entry, node)) {
		node_learn(node, dir->listed, entry ? &entry->attr : NULL, entry ? (const char *)(entry + 1) + entry->name_size : NULL);
		node->lasting = dir->list_lasting && (!entry || lasts(&entry->attr));
		return true;
	}
	if (!dir) {
		ask_path(request, node, ASK_STAT, 0);
		return false;
	}
	size_t names = dir->listing ? dir->listing->count : 0;
	uint64_t now = now_us();
	if (now - dir->window_us > FRESH_FOR_US) {
		dir->window_us = now;
		dir->singly = 0;
	}
	/* A directory is watched itself by that, and then need not be asked about again. */
	bool one = entry && S_ISDIR(entry->attr.mode) && dir->watch != 0 && !node->unwatched;
	if (dir->unlisted || one)
		ask_path(request, node, ASK_STAT, 0);
	else if (++dir->singly > SINGLY_MOST + names / NAMES_A_LOOK || (dir->listing && names < SMALL_LISTING))
		ask_list(request, dir);
	else
		ask_path(request, node, ASK_STAT, 0);
	return false;
}

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

static void do_lookup(const struct request *request, struct node *dir)
{
	struct node *node = child_of(dir, request->body, true);
	/* Not for longer: overlayfs keeps it besides. */
	struct fuse_entry_out out = { .entry_valid_nsec = MISSING_FRESH_NS };
	if (!ensure(request, node))
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
	answer(request->head->unique, 0, &out, sizeof(out));
	node_forget(node, 0);
}

static void do_getattr(const struct request *request, struct node *node)
{
	struct fuse_attr_out out = { 0 };
	if (!ensure(request, node))
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
		answer(request->head->unique, ENOENT, NULL, 0);
	else
		answer(request->head->unique, 0, &out, sizeof(out));
}

static void do_readlink(const struct request *request, struct node *node)
{
	if (!ensure(request, node))
		return;
	if (node->gone || !node->link)
		answer(request->head->unique, ENOENT, NULL, 0);
	else
		answer(request->head->unique, 0, node->link, strlen(node->link));
}

/* Always asked of the host: else what the kernel still has of it would be old, and what it has not, new. */
static void do_open(const struct request *request, struct node *node)
{
	char path[4096];
	size_t size = path_of(node, path, sizeof(path));
	keep(request, node, node->handle, ASK_OPEN, 0, 0, path, size);
}

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
	answer(request->head->unique, 0, &out, sizeof(out));
}

static void do_read(const struct request *request, struct node *node)
{
	const struct fuse_read_in *in = (const struct fuse_read_in *)request->body;
	struct handle *handle = (struct handle *)(uintptr_t)in->fh;
	keep(request, node, handle, ASK_READ, in->offset, in->size, "", 0);
}

static void do_release(const struct request *request, struct node *node)
{
	const struct fuse_release_in *in = (const struct fuse_release_in *)request->body;
	handle_drop((struct handle *)(uintptr_t)in->fh);
	if (--node->opens == 0)
		node->other_pages = false;
	answer(request->head->unique, 0, NULL, 0);
	node_forget(node, 0);
}

static void do_opendir(const struct request *request, struct node *dir)
{
	if (!list_known(dir)) {
		ask_list(request, dir);
		return;
	}
	struct fuse_open_out out = { .fh = (uint64_t)(uintptr_t)dir->listing };
	dir->listing->uses++;
	answer(request->head->unique, 0, &out, sizeof(out));
}

static size_t add_name(char *to, size_t room, uint64_t ino, uint64_t next, uint32_t type, const char *name, size_t size)
{
	size_t whole = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + size);
	if (whole > room)
		return 0;
	struct fuse_dirent *entry = (struct fuse_dirent *)to;
	memset(to, 0, whole);
	*entry = (struct fuse_dirent){ .ino = ino, .off = next, .namelen = (uint32_t)size, .type = type };
	memcpy(to + FUSE_NAME_OFFSET, name, size);
	return whole;
}

static void do_readdir(const struct request *request, struct node *dir)
{
	static char buffer[128 * 1024];
	const struct fuse_read_in *in = (const struct fuse_read_in *)request->body;
	const struct listing *listing = (const struct listing *)(uintptr_t)in->fh;
	size_t room = in->size < sizeof(buffer) ? in->size : sizeof(buffer), used = 0;
	for (uint64_t at = in->offset; at < 2 + listing->count; at++) {
		size_t added;
		if (at < 2) {
			const struct node *of = at == 1 && dir->parent ? dir->parent : dir;
			added = add_name(buffer + used, room - used, of->attr.ino, at + 1, 4, "..", at + 1);
		} else {
			const struct file_entry *entry = listing->entries[at - 2];
			added = add_name(buffer + used, room - used, entry->attr.ino, at + 1, entry->attr.mode >> 12, (const char *)(entry + 1), entry->name_size);
		}
		if (added == 0)
			break;
		used += added;
	}
	answer(request->head->unique, 0, buffer, used);
}

static void do_releasedir(const struct request *request)
{
	const struct fuse_release_in *in = (const struct fuse_release_in *)request->body;
	listing_drop((struct listing *)(uintptr_t)in->fh);
	answer(request->head->unique, 0, NULL, 0);
}

static void answer_xattr(const struct request *request, uint32_t size, const void *value, size_t length)
{
	struct fuse_getxattr_out out = { .size = (uint32_t)length };
	if (size == 0)
		answer(request->head->unique, 0, &out, sizeof(out));
	else if (length > size)
		answer(request->head->unique, ERANGE, NULL, 0);
	else
		answer(request->head->unique, 0, value, length);
}

static void do_getxattr(const struct request *request, struct node *node)
{
	const struct fuse_getxattr_in *in = (const struct fuse_getxattr_in *)request->body;
	const char *name = (const char *)(in + 1);
	if (strcmp(name, "security.capability") == 0) {
		if (!ensure(request, node))
			return;
		if (node->gone || node->attr.caps_size == 0)
			answer(request->head->unique, ENODATA, NULL, 0);
		else
			answer_xattr(request, in->size, node->caps, node->attr.caps_size);
		return;
	}
	/* The host's own layers are not the guest's. */
	if (strncmp(name, "trusted.overlay.", 16) == 0) {
		answer(request->head->unique, ENODATA, NULL, 0);
		return;
	}
	char text[4096 + 256];
	size_t size = path_of(node, text, 4096);
	strncpy(text + size + 1, name, 255);
	keep(request, node, NULL, ASK_XATTR, 0, 0, text, size + 1 + strnlen(name, 255) + 1);
}

static void do_init(const struct request *request)
{
	const struct fuse_init_in *in = (const struct fuse_init_in *)request->body;
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = FILES_READ_MOST, .max_background = 64, .congestion_threshold = 48, .max_write = 4096, .time_gran = 1,
		.flags = in->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_AUTO_INVAL_DATA | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES),
#if FUSE_MAX_PAGES
		.max_pages = FILES_READ_MOST / 4096,
#endif
	};
	/* Linux 5.10: before, a notice does not keep the kernel from taking an older answer afterwards (attr_version in fuse_reverse_inval_inode). */
	if (in->minor >= 32)
		changes_allow();
	answer(request->head->unique, 0, &out, in->minor < 23 ? FUSE_COMPAT_22_INIT_OUT_SIZE : sizeof(out));
}

static void forget_many(const struct request *request)
{
	const struct fuse_batch_forget_in *in = (const struct fuse_batch_forget_in *)request->body;
	const struct fuse_forget_one *one = (const struct fuse_forget_one *)(in + 1);
	for (uint32_t i = 0; i < in->count; i++) {
		struct node *node = node_by_id(one[i].nodeid);
		if (node)
			node_forget(node, one[i].nlookup);
	}
}

static void dispatch(const struct request *request)
{
	const struct fuse_in_header *head = request->head;
	struct node *node = node_by_id(head->nodeid);
	switch (head->opcode) {
	case FUSE_INIT: do_init(request); return;
	case FUSE_INTERRUPT: case FUSE_DESTROY: return;
	case FUSE_BATCH_FORGET: forget_many(request); return;
	case FUSE_FORGET:
		if (node)
			node_forget(node, ((const struct fuse_forget_in *)request->body)->nlookup);
		return;
	}
	if (!node) {
		answer(head->unique, ESTALE, NULL, 0);
		return;
	}
	switch (head->opcode) {
	case FUSE_LOOKUP: do_lookup(request, node); return;
	case FUSE_GETATTR: do_getattr(request, node); return;
	case FUSE_READLINK: do_readlink(request, node); return;
	case FUSE_OPEN: do_open(request, node); return;
	case FUSE_READ: do_read(request, node); return;
	case FUSE_RELEASE: do_release(request, node); return;
	case FUSE_OPENDIR: do_opendir(request, node); return;
	case FUSE_READDIR: do_readdir(request, node); return;
	case FUSE_RELEASEDIR: do_releasedir(request); return;
	case FUSE_GETXATTR: do_getxattr(request, node); return;
	case FUSE_LISTXATTR: ask_path(request, node, ASK_XATTRS, 0); return;
	case FUSE_STATFS: keep(request, node, NULL, ASK_STATFS, 0, 0, "", 0); return;
	default: answer(head->unique, ENOSYS, NULL, 0); return;
	}
}

static void answer_statfs(const struct request *request, const struct file_system *from)
{
	struct fuse_statfs_out out = { .st = {
		.blocks = from->blocks, .bfree = from->bfree, .bavail = from->bavail, .files = from->files, .ffree = from->ffree,
		.bsize = from->bsize, .namelen = from->namelen, .frsize = from->frsize,
	} };
	answer(request->head->unique, 0, &out, sizeof(out));
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

static void answer_read(const struct request *request, struct node *node, struct handle *handle, const char *payload, size_t size)
{
	const struct fuse_read_in *in = (const struct fuse_read_in *)request->body;
	struct file_attr now;
	memcpy(&now, payload, sizeof(now));
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
	answer_two(request->head->unique, payload + sizeof(now), size - sizeof(now), "", 0);
	if (cut) {
		if (in->offset + size - sizeof(now) == now.size)
			node->given_size = now.size;
		learn_by_reading(node, handle, now);
	}
}

/* @param asked the handle that it might have been */
static void opened(const struct request *request, struct node *node, struct moment when, struct handle *asked, const char *payload)
{
	struct handle *handle = asked;
	struct file_attr attr;
	memcpy(&attr, payload, sizeof(attr));
	if (!asked || asked->fd != attr.handle) {
		handle = grow(NULL, sizeof(*handle));
		*handle = (struct handle){ .fd = attr.handle, .attr = attr };
	}
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

/* @param of what the host has answered for: however long that took, this request is content with it */
static void ask_again(const struct request *request, const struct node *of)
{
	answered = of;
	dispatch(request);
	answered = NULL;
}

static void finish(struct pending *pending)
{
	struct node *node = pending->node;
	if (pending->handle)
		handle_drop(pending->handle);
	free(pending);
	node->waits--;
	node_forget(node, 0);
}

/* The requests that wait for a listing, too. */
static void answer_more(struct node *dir, struct moment asked, int error)
{
	struct pending *next, *pending = dir->for_list;
	dir->for_list = NULL;
	dir->list_asked = false;
	for (; pending; pending = next) {
		struct request request = request_of(pending);
		next = pending->next;
		if (error && request.head->opcode == FUSE_OPENDIR)
			answer(request.head->unique, error, NULL, 0);
		else
			ask_again(&request, pending->asked.epoch == asked.epoch ? dir : NULL);
		finish(pending);
	}
}

/* What the host has answered about a name, or that there is none. */
static void learn_name(struct node *node, const struct pending *pending, const struct answer_head *head, const char *payload)
{
	const struct file_attr *attr = head->error ? NULL : (const struct file_attr *)payload;
	bool told = !node->parent || watch_learn(node->parent, head->watch, pending->asked);
	node_learn(node, pending->asked, attr, attr ? payload + sizeof(*attr) : NULL);
	if (attr && S_ISDIR(attr->mode)) {
		node->unwatched = attr->watch == 0;
		node->lasting = watch_learn(node, attr->watch, pending->asked) && told;
	} else {
		node->lasting = told && is_known(node->seen) && (!attr || lasts(attr));
	}
}

static void learn_listing(struct node *dir, const struct pending *pending, const struct answer_head *head, char *payload, size_t size)
{
	const struct file_attr *own = (const struct file_attr *)payload;
	bool told = watch_learn(dir, head->watch, pending->asked);
	node_learn(dir, pending->asked, own, NULL);
	node_list(dir, pending->asked, head->hash, payload + sizeof(*own), size - sizeof(*own));
	dir->lasting = dir->list_lasting = told;
}

static void take(const struct answer_head *head, char *payload, size_t size)
{
	if (head->tag == TAG_CHANGES) {
		changes_take(payload, size);
		return;
	}
	if (head->tag % 2 == 1) {
		changes_come(head->tag);
		return;
	}
	struct pending *pending = (struct pending *)(uintptr_t)head->tag;
	struct request request = request_of(pending);
	struct node *node = pending->node;
	int error = head->error;
	switch (pending->what) {
	case ASK_STAT:
		if (error != 0 && error != ENOENT && error != ENOTDIR)
			break;
		learn_name(node, pending, head, payload);
		ask_again(&request, is_known(node->seen) ? node : NULL);
		goto done;
	case ASK_LIST:
		node->unlisted = error != 0;
		if (error == 0)
			learn_listing(node, pending, head, payload, size);
		answer_more(node, pending->asked, error);
		if (error != 0 && request.head->opcode == FUSE_OPENDIR)
			break;
		ask_again(&request, node);
		goto done;
	case ASK_OPEN:
		if (error == ENOENT || error == ENOTDIR)
			node_learn(node, pending->asked, NULL, NULL);
		if (error != 0)
			break;
		opened(&request, node, pending->asked, pending->handle, payload);
		goto done;
	case ASK_READ:
		if (error != 0)
			break;
		answer_read(&request, node, pending->handle, payload, size);
		goto done;
	case ASK_XATTR: case ASK_XATTRS:
		if (error != 0)
			break;
		answer_xattr(&request, ((const struct fuse_getxattr_in *)request.body)->size, payload, size);
		goto done;
	case ASK_STATFS:
		if (error != 0)
			break;
		answer_statfs(&request, (struct file_system *)payload);
		goto done;
	case ASK_CLOSE: case ASK_CHANGES:
		break;
	}
	answer(request.head->unique, error ? error : EIO, NULL, 0);
done:
	finish(pending);
}

/* One request: there is mostly no other, and to ask for one costs as much as the poll that says so. */
static bool from_kernel(void)
{
	static char buffer[REQUEST_MOST] __attribute__((aligned(8)));
	ssize_t got = read(fuse, buffer, sizeof(buffer));
	if (got < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOENT;
	struct request request = { .head = (struct fuse_in_header *)buffer, .body = buffer + sizeof(struct fuse_in_header) };
	dispatch(&request);
	return true;
}

static void *serve(void *unused)
{
	uint64_t swept = 0;
	(void)unused;
	/* The C library opens files of its own accord (malloc asks for the number of processors): in the initramfs, not in what we are to answer for. */
	unshare(CLONE_FS);
	for (;;) {
		pthread_mutex_lock(&files_lock);
		link_flush();
		pthread_mutex_unlock(&files_lock);
		struct pollfd polled[] = { { .fd = fuse, .events = POLLIN }, { .fd = link_fd(), .events = POLLIN | (link_wants_write() ? POLLOUT : 0) } };
		poll(polled, 2, 1000);
		pthread_mutex_lock(&files_lock);
		bool goes_on = (!polled[1].revents || link_read(take)) && (!polled[0].revents || from_kernel());
		if (now_us() - swept > 1000000) {
			handles_sweep();
			forget_open();
			swept = now_us();
		}
		pthread_mutex_unlock(&files_lock);
		if (!goes_on)
			return NULL;
	}
}

bool mount_files(const char *target)
{
	char options[128];
	fuse = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fuse < 0 || !link_open())
		return false;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other", fuse);
	if (mount("kloop", target, "fuse", MS_RDONLY, options) != 0)
		return false;
	nodes_init();
	notices_start(fuse, open(target, O_PATH | O_DIRECTORY | O_CLOEXEC), &forget_calls);
	start_thread(serve);
	return true;
}
