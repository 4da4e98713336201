/*
 * A directory of the host's that the guest writes to: what the kernel asks of a
 * FUSE file system goes to the host as it is, and so do the answers
 * (shares/host/serve.c). By threads of init, because nothing in the guest can
 * kill PID 1.
 */
#include "../guest.h"
#include "../beside/spool.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
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
	sem_t apart;
	int ahead;
	struct timespec clock_asked; /* monotonic */
	pthread_mutex_t sending;
	pthread_mutex_t lock; /* for what follows */
	bool spool_asked;
	int spool; /* -1: there is none */
	char spool_path[512]; /* the host's */
	size_t spool_path_size;
	uint64_t reads[SPOOL_SLOTS]; /* which read has a slot; 0: it is free */
};

/* The C library opens files of its own accord: in the initramfs, not in what we are to answer for. So init does not leave it before. */
static void apart(struct share *share)
{
	unshare(CLONE_FS);
	sem_post(&share->apart);
}

static bool send_request(struct share *share, const void *request, size_t size)
{
	pthread_mutex_lock(&share->sending);
	bool sent = write_all(share->port, request, size);
	pthread_mutex_unlock(&share->sending);
	return sent;
}

static void ask(struct share *share, uint32_t opcode, uint64_t unique, uint64_t what)
{
	const struct fuse_in_header head = { .len = sizeof(head), .opcode = opcode, .unique = unique, .nodeid = what };
	send_request(share, &head, sizeof(head));
}

/* Of the spool, for a long read. */
static void give_slot(struct share *share, const struct fuse_in_header *head, struct fuse_read_in *in)
{
	in->padding = 0;
	if (in->size < SPOOL_LEAST)
		return;
	pthread_mutex_lock(&share->lock);
	bool first = !share->spool_asked;
	share->spool_asked = true;
	for (uint32_t slot = 0; share->spool >= 0 && slot < SPOOL_SLOTS && in->padding == 0; slot++)
		if (share->reads[slot] == 0) {
			share->reads[slot] = head->unique;
			in->padding = slot + 1;
		}
	pthread_mutex_unlock(&share->lock);
	if (first)
		ask(share, OP_SPOOL, UNIQUE_SPOOL, 0);
}

static void *to_host(void *of)
{
	struct share *share = of;
	apart(share);
	char *request = grow(NULL, MESSAGE_MOST);
	for (;;) {
		ssize_t got = read(share->fuse, request, MESSAGE_MOST);
		if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
			continue;
		if (got <= 0)
			return NULL;
		struct fuse_in_header *head = (struct fuse_in_header *)request;
		if (head->opcode == FUSE_READ)
			give_slot(share, head, (struct fuse_read_in *)(head + 1));
		if (!send_request(share, request, (size_t)got))
			return NULL;
	}
}

/* A notice waits for pages that are being read, and so for an answer. */
static void *give_notice(void *of)
{
	struct share *share = of;
	apart(share);
	struct { struct fuse_out_header head; struct fuse_notify_inval_inode_out inode; } note;
	while (read(share->notices[0], &note, sizeof(note)) == sizeof(note))
		(void)!write(share->fuse, &note, sizeof(note));
	return NULL;
}

/* The slot that this read has; 0: none. */
static uint32_t slot_of(struct share *share, uint64_t unique)
{
	uint32_t slot = 0;
	pthread_mutex_lock(&share->lock);
	for (uint32_t i = 0; i < SPOOL_SLOTS; i++)
		if (share->reads[i] == unique)
			slot = i + 1;
	pthread_mutex_unlock(&share->lock);
	return slot;
}

static void answer_by_spool(struct share *share, uint32_t slot, const struct fuse_out_header *given, const char *payload)
{
	static _Thread_local char *buffer;
	uint32_t size;
	if (!buffer)
		buffer = grow(NULL, sizeof(*given) + SPOOL_SLOT_SIZE);
	struct fuse_out_header head = *given;
	memcpy(&size, payload, sizeof(size));
	bool is_read = spool_read(share->spool, slot, buffer + sizeof(head), size);
	head.len = (uint32_t)(sizeof(head) + (is_read ? size : 0));
	head.error = is_read ? 0 : -EIO;
	memcpy(buffer, &head, sizeof(head));
	(void)!write(share->fuse, buffer, head.len);
}

static void start(void *(*run)(void *), struct share *share)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, run, share) != 0)
		abort();
	pthread_detach(thread);
}

/* Not by a thread that answers the kernel: to mount 9p may take a module, which modprobe may read of what we serve. */
static void *open_spool(void *of)
{
	struct share *share = of;
	int spool = spool_open(share->spool_path, share->spool_path_size);
	if (spool >= 0)
		read_ahead_more(share->ahead);
	ask(share, OP_SPOOL, UNIQUE_SPOOL, 1);
	pthread_mutex_lock(&share->lock);
	share->spool = spool;
	pthread_mutex_unlock(&share->lock);
	return NULL;
}

static void take_spool(struct share *share, const struct fuse_out_header *head, const char *path)
{
	size_t size = head->len - sizeof(*head);
	if (head->error || size >= sizeof(share->spool_path))
		return;
	memcpy(share->spool_path, path, size);
	share->spool_path_size = size;
	start(open_spool, share);
}

static int64_t ns_of(struct timespec time)
{
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* Rather as long ahead as the answer took: files that the host makes meanwhile are not from the future then. */
static void take_clock(const struct share *share, const struct fuse_out_header *head, const char *payload)
{
	struct timespec host, own, now;
	if (head->error || head->len != sizeof(*head) + sizeof(host) || clock_gettime(CLOCK_MONOTONIC, &now) != 0 || clock_gettime(CLOCK_REALTIME, &own) != 0)
		return;
	memcpy(&host, payload, sizeof(host));
	int64_t took = head->unique == UNIQUE_CLOCK ? ns_of(now) - ns_of(share->clock_asked) : 0;
	int64_t right = ns_of(host) + took, behind = right - ns_of(own);
	/* A guest may have been given quite another time. */
	if (behind <= 0 || behind > 60 * 1000000000ll)
		return;
	own = (struct timespec){ .tv_sec = right / 1000000000ll, .tv_nsec = right % 1000000000ll };
	clock_settime(CLOCK_REALTIME, &own);
}

static void take(struct share *share, const struct fuse_out_header *head, const char *message)
{
	const char *payload = message + sizeof(*head);
	if (head->unique == UNIQUE_SPOOL) {
		take_spool(share, head, payload);
		return;
	}
	if (head->unique == UNIQUE_CLOCK || head->unique == UNIQUE_TIME) {
		take_clock(share, head, payload);
		return;
	}
	/* EAGAIN: more notices than the pipe takes. The next look at the file finds the change. */
	if (head->unique == 0) {
		(void)!write(share->notices[1], message, head->len);
		return;
	}
	uint32_t slot = slot_of(share, head->unique);
	if (slot && head->error == 0)
		answer_by_spool(share, slot, head, payload);
	else
		(void)!write(share->fuse, message, head->len);
	if (slot) {
		pthread_mutex_lock(&share->lock);
		share->reads[slot - 1] = 0;
		pthread_mutex_unlock(&share->lock);
	}
}

static void *to_kernel(void *of)
{
	struct share *share = of;
	apart(share);
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
			take(share, &head, message + at);
			at += head.len;
		}
		memmove(message, message + at, have - at);
		have -= at;
	}
}

bool mount_written(const char *source, const char *target, unsigned port)
{
	struct share *share = grow(NULL, sizeof(*share));
	*share = (struct share){ .sending = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .spool = -1 };
	char options[128];
	sem_init(&share->apart, 0, 0);
	share->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	share->port = share->fuse < 0 ? -1 : port_open(port);
	if (share->port < 0 || pipe2(share->notices, O_CLOEXEC) != 0)
		return false;
	fcntl(share->port, F_SETFL, 0);
	fcntl(share->notices[1], F_SETFL, O_NONBLOCK);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other", share->fuse);
	if (mount(source, target, "fuse", 0, options) != 0)
		return false;
	int top = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	start(to_host, share);
	start(to_kernel, share);
	start(give_notice, share);
	for (int i = 0; i < 3; i++)
		while (sem_wait(&share->apart) != 0)
			;
	clock_gettime(CLOCK_MONOTONIC, &share->clock_asked);
	ask(share, OP_CLOCK, UNIQUE_CLOCK, 0);
	share->ahead = read_ahead_of(device_of(top));
	close(top);
	return true;
}
