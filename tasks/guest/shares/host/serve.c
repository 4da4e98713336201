/*
 * Serves a directory of the host to the guest, for reading and writing, and
 * runs the VM.
 *
 *   share-serve DIRECTORY DESCRIPTOR PROGRAM ARGUMENT...
 *
 * becomes PROGRAM, which gets one end of a socket as DESCRIPTOR, and leaves a
 * process behind that answers at the other end what the guest's kernel asks of
 * a FUSE file system (guest/shares/share.c hands it on). It has the rights that
 * PROGRAM has, and goes nowhere but below DIRECTORY.
 *
 * The guest keeps no name and no attributes, and of a file that is open, what
 * it has read until the file's times say that it has changed: so it has what
 * the host has.
 */
#define _GNU_SOURCE
#include "share.h"
#include "../protocol.h"
#include "../../beside/beside.h"
#include "../../beside/spool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* fsync(2) and a slow file system hold up as many. */
#define WORKERS 4
/* What is mapped is new so long after the host has changed it. */
#define LOOK_NS (400 * 1000 * 1000)

/* Linux 4.20 and 5.11, of which the host's headers may not know. */
#ifndef FUSE_MAX_PAGES
#define FUSE_MAX_PAGES 0
#endif
#define HANDLE_KILLPRIV_V2 (1u << 28)
/* Linux 6.2. */
#define OP_TMPFILE 51
/* Linux 5.16, from which on the guest's kernel writes mapped pages by itself when a file is closed. */
#define MINOR_NO_FLUSH 35

/* Linux 4.20. */
#define MINOR_CLOCK 28

static bool flushes_itself, loses_time;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER, writing = PTHREAD_MUTEX_INITIALIZER;

static int do_init(struct ask *ask, struct reply *reply)
{
	const struct fuse_init_in *in = body_of(ask, 16);
	if (!in)
		return EINVAL;
	flushes_itself = in->minor >= MINOR_NO_FLUSH;
	loses_time = in->minor < MINOR_CLOCK;
	struct fuse_init_out *out = reply_add(reply, sizeof(*out));
	*out = (struct fuse_init_out){
		.major = FUSE_KERNEL_VERSION, .minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = DATA_MOST, .max_background = 64, .congestion_threshold = 48, .max_write = FUSE_MAX_PAGES ? DATA_MOST : 32 * 4096, .time_gran = 1,
		.flags = in->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_ATOMIC_O_TRUNC | FUSE_AUTO_INVAL_DATA | FUSE_PARALLEL_DIROPS | FUSE_POSIX_ACL | FUSE_MAX_PAGES | HANDLE_KILLPRIV_V2),
#if FUSE_MAX_PAGES
		.max_pages = DATA_MOST / 4096,
#endif
	};
	if (in->minor < 23)
		reply->used -= sizeof(*out) - FUSE_COMPAT_22_INIT_OUT_SIZE;
	return 0;
}

static void forget_many(const struct ask *ask)
{
	const struct fuse_batch_forget_in *in = body_of(ask, sizeof(*in));
	const struct fuse_forget_one *one = (const struct fuse_forget_one *)(in + 1);
	for (uint32_t i = 0; in && i < in->count && (const char *)(one + i + 1) <= ask->body + ask->size; i++)
		node_unref(one[i].nodeid, one[i].nlookup);
}

/* False: no answer is waited for. */
static bool is_answered(const struct ask *ask)
{
	const struct fuse_forget_in *in = body_of(ask, sizeof(*in));
	switch (ask->head->opcode) {
	case FUSE_FORGET:
		if (in)
			node_unref(ask->head->nodeid, in->nlookup);
		return false;
	case FUSE_BATCH_FORGET: forget_many(ask); return false;
	case FUSE_INTERRUPT: return false;
	case OP_SPOOL:
		if (ask->head->nodeid == 1)
			hide_spool();
		return ask->head->nodeid != 1;
	default: return true;
	}
}

static int tell_spool(struct reply *reply)
{
	const char *path = make_spool();
	if (!path)
		return ENOSPC;
	memcpy(reply_add(reply, strlen(path)), path, strlen(path));
	return 0;
}

static int tell_clock(struct reply *reply)
{
	struct timespec now;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return errno;
	memcpy(reply_add(reply, sizeof(now)), &now, sizeof(now));
	return 0;
}

static int answer(struct ask *ask, struct reply *reply)
{
	switch (ask->head->opcode) {
	case FUSE_INIT: return do_init(ask, reply);
	case FUSE_DESTROY: return 0;
	/* All that we know by then we have. */
	case FUSE_FLUSH: return flushes_itself ? ENOSYS : 0;
	case FUSE_STATFS: return do_statfs(ask, reply);
	case OP_SPOOL: return tell_spool(reply);
	case OP_CLOCK: return tell_clock(reply);
	}
	if (!ask->node)
		return ESTALE;
	switch (ask->head->opcode) {
	case FUSE_LOOKUP: return do_lookup(ask, reply);
	case FUSE_GETATTR: return do_getattr(ask, reply);
	case FUSE_SETATTR: return do_setattr(ask, reply);
	case FUSE_READLINK: return do_readlink(ask, reply);
	case FUSE_SYMLINK: return do_symlink(ask, reply);
	case FUSE_MKNOD: return do_mknod(ask, reply);
	case FUSE_MKDIR: return do_mkdir(ask, reply);
	case FUSE_UNLINK: return do_unlink(ask, reply);
	case FUSE_RMDIR: return do_rmdir(ask, reply);
	case FUSE_RENAME: return do_rename(ask, reply);
	case FUSE_RENAME2: return do_rename2(ask, reply);
	case FUSE_LINK: return do_link(ask, reply);
	case FUSE_OPEN: return do_open(ask, reply);
	case FUSE_CREATE: return do_create(ask, reply);
	case OP_TMPFILE: return do_tmpfile(ask, reply);
	case FUSE_READ: return do_read(ask, reply);
	case FUSE_WRITE: return do_write(ask, reply);
	case FUSE_RELEASE: case FUSE_RELEASEDIR: return do_release(ask, reply);
	case FUSE_FSYNC: return do_fsync(ask, reply);
	case FUSE_FALLOCATE: return do_fallocate(ask, reply);
	case FUSE_LSEEK: return do_lseek(ask, reply);
	case FUSE_OPENDIR: return do_opendir(ask, reply);
	case FUSE_READDIR: return do_readdir(ask, reply);
	case FUSE_FSYNCDIR: return do_fsyncdir(ask, reply);
	case FUSE_GETXATTR: return do_getxattr(ask, reply);
	case FUSE_LISTXATTR: return do_listxattr(ask, reply);
	case FUSE_SETXATTR: return do_setxattr(ask, reply);
	case FUSE_REMOVEXATTR: return do_removexattr(ask, reply);
	case FUSE_IOCTL: return ENOTTY;
	default: return ENOSYS;
	}
}

static void send_whole(void *at, size_t size)
{
	pthread_mutex_lock(&writing);
	bool sent = whole(line_put, BESIDE_LINE, at, size);
	pthread_mutex_unlock(&writing);
	if (!sent)
		leave();
}

static void send_time(void)
{
	struct { struct fuse_out_header head; struct timespec now; } time = { .head = { .len = sizeof(time), .unique = UNIQUE_TIME } };
	if (clock_gettime(CLOCK_REALTIME, &time.now) == 0)
		send_whole(&time, sizeof(time));
}

static bool receive(char *request)
{
	struct fuse_in_header *head = (struct fuse_in_header *)request;
	pthread_mutex_lock(&reading);
	bool got = whole(read, BESIDE_LINE, head, sizeof(*head)) && head->len >= sizeof(*head) && head->len < REQUEST_MOST && whole(read, BESIDE_LINE, head + 1, head->len - sizeof(*head));
	pthread_mutex_unlock(&reading);
	if (got)
		request[head->len] = '\0';
	return got;
}

static void *work(void *unused)
{
	char *request = malloc(REQUEST_MOST);
	struct reply reply = { 0 };
	(void)unused;
	while (request && receive(request)) {
		const struct fuse_in_header *head = (struct fuse_in_header *)request;
		struct ask ask = { .head = head, .body = request + sizeof(*head), .size = head->len - sizeof(*head) };
		if (!is_answered(&ask))
			continue;
		ask.node = node_pin(head->nodeid);
		reply.used = 0;
		reply_add(&reply, sizeof(struct fuse_out_header));
		int error = answer(&ask, &reply);
		node_unpin(ask.node);
		if (error != 0)
			reply.used = sizeof(struct fuse_out_header);
		*(struct fuse_out_header *)reply.at = (struct fuse_out_header){ .len = (uint32_t)reply.used, .error = -error, .unique = head->unique };
		if (loses_time)
			send_time();
		send_whole(reply.at, reply.used);
	}
	leave();
}

/* What is kept of its content is not so any more. */
static void send_change(uint64_t node)
{
	struct { struct fuse_out_header head; struct fuse_notify_inval_inode_out inode; } note = {
		.head = { .len = sizeof(note), .error = FUSE_NOTIFY_INVAL_INODE },
		.inode = { .ino = node },
	};
	send_whole(&note, sizeof(note));
}

int main(int argc, char **argv)
{
	const struct timespec rest = { .tv_nsec = LOOK_NS };
	struct stat st;
	if (argc < 4)
		return 125;
	serve_beside(argv[1], atoi(argv[2]), argv + 3, "kloop-share");
	if (fstat(BESIDE_ROOT, &st) != 0)
		return 125;
	is_root = geteuid() == 0;
	/* The guest's kernel has applied its process's. */
	umask(0);
	attributes_of(st.st_dev);
	root_init();
	for (int i = 0; i < WORKERS; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, work, NULL) != 0)
			return 125;
	}
	for (;;) {
		nanosleep(&rest, NULL);
		handles_changed(send_change);
	}
}
