/* The thread that serves the kernel: its requests, and the host's answers. */
#include "requests.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

/* The kernel's own longest request but for writes, which nobody makes: the file system is mounted for reading. */
#define REQUEST_MOST (256 * 1024)

/* Linux 4.20, of which the host's headers may not know. */
#ifndef FUSE_MAX_PAGES
#define FUSE_MAX_PAGES 0
#define FUSE_CACHE_SYMLINKS 0
#endif

static int fuse = -1;

/*
 * Whether the kernel keeps a link's target right where that changes (6.14 and
 * stable kernels of 2025: "fuse: don't truncate cached, mutated symlink"): before,
 * a new one could be cut to the old one's length.
 */
static bool keeps_links_whole(void)
{
	static const int stable[][3] = { { 6, 1, 140 }, { 6, 6, 90 }, { 6, 12, 30 } };
	for (size_t i = 0; i < sizeof(stable) / sizeof(*stable); i++)
		if (kernel_is_stable(stable[i][0], stable[i][1], stable[i][2]))
			return true;
	return !kernel_is_before(6, 14);
}

static void do_init(const struct request *request)
{
	const struct fuse_init_in *in = (const struct fuse_init_in *)request->body;
	/* Linux 5.10: before, a notice does not keep the kernel from taking an older answer afterwards (attr_version in fuse_reverse_inval_inode). */
	bool may_keep_links = in->minor >= 32 && keeps_links_whole();
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = FILES_READ_MOST, .max_background = 64, .congestion_threshold = 48, .max_write = 4096, .time_gran = 1,
		.flags = in->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_AUTO_INVAL_DATA | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES | (may_keep_links ? FUSE_CACHE_SYMLINKS : 0)),
#if FUSE_MAX_PAGES
		.max_pages = FILES_READ_MOST / 4096,
#endif
	};
	if (in->minor >= 32)
		changes_allow();
	if (out.flags & FUSE_CACHE_SYMLINKS)
		links_are_kept();
	request_answer(request->head->unique, 0, &out, in->minor < 23 ? FUSE_COMPAT_22_INIT_OUT_SIZE : sizeof(out));
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
		request_answer(head->unique, ESTALE, NULL, 0);
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
	case FUSE_LISTXATTR: pending_ask_path(request, node, ASK_XATTRS, 0); return;
	case FUSE_STATFS: pending_ask(request, node, NULL, ASK_STATFS, 0, 0, "", 0); return;
	default: request_answer(head->unique, ENOSYS, NULL, 0); return;
	}
}

static void answer_statfs(const struct request *request, const struct file_system *from)
{
	struct fuse_statfs_out out = { .st = {
		.blocks = from->blocks, .bfree = from->bfree, .bavail = from->bavail, .files = from->files, .ffree = from->ffree,
		.bsize = from->bsize, .namelen = from->namelen, .frsize = from->frsize,
	} };
	request_answer(request->head->unique, 0, &out, sizeof(out));
}

static void take(const struct answer_head *head, char *payload, size_t size)
{
	if (head->tag == TAG_CHANGES) {
		changes_take(payload, size);
		return;
	}
	if (head->tag == TAG_SPOOL) {
		long_comes(head->error, payload, size);
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
		request_again(&request, is_known(node->seen) ? node : NULL);
		goto done;
	case ASK_LIST:
		node->unlisted = error != 0;
		if (error == 0)
			learn_listing(node, pending, head, payload, size);
		answer_listed(node, pending->asked, error);
		/* Of the root nothing is known otherwise. */
		if (error != 0 && (request.head->opcode == FUSE_OPENDIR || !node->parent))
			break;
		request_again(&request, node);
		goto done;
	case ASK_OPEN:
		if (error == ENOENT || error == ENOTDIR)
			node_learn(node, pending->asked, NULL, NULL);
		if (error != 0)
			break;
		answer_opened(&request, node, pending->asked, pending->handle, payload);
		goto done;
	case ASK_READ:
		if (error != 0)
			break;
		answer_read(pending, &request, payload, size, head->spooled);
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
	case ASK_CLOSE: case ASK_CHANGES: case ASK_SPOOL:
		break;
	}
	request_answer(request.head->unique, error ? error : EIO, NULL, 0);
done:
	pending_finish(pending);
}

static void wait_for_host(short for_what)
{
	const struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };
	struct pollfd port = { .fd = link_fd(), .events = for_what };
	poll(&port, 1, 1000);
	/* The host's end is not there, or not yet. */
	if (port.revents & POLLHUP)
		nanosleep(&tick, NULL);
}

/* What the port does not take at once the host has still to read; meanwhile nothing more is asked of it. */
static void send_all(void)
{
	for (link_flush(); link_wants_write(); link_flush()) {
		pthread_mutex_unlock(&files_lock);
		wait_for_host(POLLOUT);
		pthread_mutex_lock(&files_lock);
	}
}

/*
 * A thread for the kernel's requests, and one for the host's answers: to wait for
 * both by poll(2) costs each request a system call. SCHED_BATCH: a file that is
 * closed wakes this thread, for which nobody waits; it does not take the processor
 * from whoever has closed it, and takes several at once.
 */
static void *serve_kernel(void *unused)
{
	static char buffer[REQUEST_MOST] __attribute__((aligned(8)));
	struct request request = { .head = (struct fuse_in_header *)buffer, .body = buffer + sizeof(struct fuse_in_header) };
	(void)unused;
	/* The C library opens files of its own accord (malloc asks for the number of processors): in the initramfs, not in what we are to answer for. */
	unshare(CLONE_FS);
	sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 });
	for (;;) {
		/* ENOENT: it was interrupted before it was read. */
		while (read(fuse, buffer, sizeof(buffer)) < 0)
			if (errno != EAGAIN && errno != EINTR && errno != ENOENT)
				return NULL;
		pthread_mutex_lock(&files_lock);
		dispatch(&request);
		send_all();
		pthread_mutex_unlock(&files_lock);
	}
}

static void *serve_host(void *unused)
{
	uint64_t swept = 0;
	(void)unused;
	unshare(CLONE_FS);
	for (;;) {
		wait_for_host(POLLIN);
		pthread_mutex_lock(&files_lock);
		link_read(take);
		if (now_us() - swept > 1000000) {
			handles_sweep();
			forget_open();
			swept = now_us();
		}
		send_all();
		pthread_mutex_unlock(&files_lock);
	}
}

bool mount_files(const char *target)
{
	char options[128];
	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0 || !link_open())
		return false;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other", fuse);
	if (mount("kloop", target, "fuse", MS_RDONLY, options) != 0)
		return false;
	requests_from(fuse);
	requests_again_by(dispatch);
	nodes_init();
	int top = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	notices_start(fuse, top, &forget_calls);
	start_thread(serve_kernel);
	start_thread(serve_host);
	long_start(device_of(top));
	return true;
}
